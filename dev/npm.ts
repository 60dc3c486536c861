import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { cached } from './cache.ts'
import { programOf, run } from './command.ts'
import { problem } from './problem.ts'
import type { Progress } from './recipe.ts'

/** The folder of an npm package of exactly this version: the project's, else one that npm fetches into the cache. */
export async function findPackage(name: string, version: string, progress: Progress): Promise<string> {
  for (const from of [pathToFileURL(join(process.cwd(), 'package.json')).href, import.meta.url]) {
    const folder = installedFolder(name, from)
    if (folder !== undefined && (await versionOf(folder)) === version) return folder
  }
  const folder = await cached(`${name}-${version}`, (draft) => fetchInto(draft, name, version, progress))
  return join(folder, 'node_modules', name)
}

async function fetchInto(folder: string, name: string, version: string, progress: Progress): Promise<void> {
  const npm = await programOf('npm')
  if (npm === undefined)
    throw problem('ERR_NOT_FOUND', `${name} is fetched by npm, and there is no npm: install it`)
  progress(`fetching ${name} ${version} by npm`)
  await writeFile(join(folder, 'package.json'), '{ "private": true }\n')
  const quiet = ['--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error']
  // What a package would run at its installation is not needed: native parts come built.
  await run(npm, ['install', '--no-save', '--ignore-scripts', ...quiet, `${name}@${version}`], {
    cwd: folder,
  })
  await versionOf(join(folder, 'node_modules', name))
}

function installedFolder(name: string, from: string): string | undefined {
  try {
    return dirname(createRequire(from).resolve(`${name}/package.json`))
  } catch {
    return undefined
  }
}

async function versionOf(folder: string): Promise<string | undefined> {
  const { version }: { version?: string } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  return version
}
