import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { codeOf, messageOf, WaybillError } from '../../adapters/index.ts'
import { schemeOf } from '../config/broker-url.ts'
import { type FunctionConfig, loadConfig, type ResolvedConfig } from '../config/index.ts'
import { noHandlerIn } from '../handler-exports.ts'
import { joined, located } from '../report.ts'
import { bundle, exportsOf, loadEsbuild } from './bundle.ts'
import { entryText } from './entry.ts'
import { type AdapterImport, adapterImport } from './library.ts'
import { type BuiltFunction, built, type Manifest } from './manifest.ts'
import { brokersOf, checkSources, outletsOf } from './plan.ts'
import { type HostName, type Target, targets } from './target.ts'

export interface BuildOptions {
  readonly host: HostName
  /** The folder of what is built, in a folder of its host. */
  readonly out: string
  readonly external: readonly string[]
}

/** What was built, and the folder it lies in. */
export interface Build {
  readonly folder: string
  readonly manifest: Manifest
}

/**
 * Bundles functions for a host, each into a folder of its own, and writes the manifest. Throws what is wrong with them, all of
 * it, and writes no manifest then.
 */
export async function build(
  config: ResolvedConfig,
  functions: readonly FunctionConfig[],
  { host, out, external }: BuildOptions,
): Promise<Build> {
  checkSources(config, functions, host)
  const configFile = fileOf(config)
  const esbuild = await loadEsbuild()
  const target: Target = targets[host]
  const folder = resolve(out, host)
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    const text = `the folder ${folder} cannot be made (${codeOf(cause) ?? messageOf(cause)}): name another with --out`
    throw new WaybillError('ERR_CONFIG', text, { cause })
  })
  const urls = await replacedUrls(config, configFile)

  async function buildOne(fn: FunctionConfig): Promise<BuiltFunction> {
    await checkHandler(fn)
    const brokers = brokersOf(fn, host)
    const entry = entryText(
      {
        configFile,
        function: fn,
        outlets: outletsOf(fn),
        brokers,
        adapters: await adaptersOf(config, brokers),
        urls,
      },
      target,
    )
    const place = join(folder, fn.name)
    await mkdir(place, { recursive: true })
    const made = await bundle(esbuild, {
      entry,
      folder: dirname(configFile),
      outfile: join(place, 'index.mjs'),
      external,
      plugins: target.plugins ?? [],
    })
    for (const [name, text] of Object.entries(target.files ?? {})) await writeFile(join(place, name), text)
    return built(config, fn, host, made)
  }

  async function checkHandler({ handler: { path, written }, options }: FunctionConfig): Promise<void> {
    if (!existsSync(path))
      throw new WaybillError(
        'ERR_CONFIG',
        `no file ${path}: correct the path, it is relative to the configuration`,
      )
    const { names, isKnown } = await exportsOf(esbuild, path)
    const isPlain = names.includes('handler')
    if (!isKnown || names.includes('createHandler') || (isPlain && options === undefined)) return
    throw new WaybillError('ERR_CONFIG', noHandlerIn(written, names, isPlain))
  }

  const results = await Promise.allSettled(
    functions.map((fn) =>
      buildOne(fn).catch((cause: unknown) => {
        throw located(`functions.${fn.name}`, cause)
      }),
    ),
  )
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
  if (failures.length > 0) throw joined('not everything could be built', failures)
  const done = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const manifest: Manifest = { version: 1, host, functions: done }
  await writeFile(join(folder, 'manifest.json'), `${JSON.stringify(manifest, undefined, 2)}\n`)
  return { folder, manifest }
}

function fileOf({ file }: ResolvedConfig): string {
  if (file !== undefined) return file
  throw new WaybillError('ERR_CONFIG', 'the configuration is no file: a bundle has to read it')
}

/** The adapters of these brokers, each once. */
async function adaptersOf(
  { brokers }: ResolvedConfig,
  names: readonly string[],
): Promise<readonly AdapterImport[]> {
  const schemes = new Set(names.map((name) => schemeOf(brokers.get(name)?.url ?? '')))
  const found = new Map<string, AdapterImport>()
  for (const scheme of schemes) {
    const adapter = await adapterImport(scheme)
    if (adapter === undefined)
      throw new WaybillError(
        'ERR_CONFIG',
        `there is no adapter for ${scheme}://: correct the URL of the broker`,
      )
    found.set(JSON.stringify(adapter), adapter)
  }
  return [...found.values()]
}

/** URLs that a flag or the environment gave, by broker: the file that is bundled does not have them. */
async function replacedUrls({ brokers }: ResolvedConfig, file: string): Promise<Record<string, string>> {
  const written = await loadConfig({ file })
  const replaced = [...brokers].filter(([name, { url }]) => written.brokers.get(name)?.url !== url)
  return Object.fromEntries(replaced.map(([name, { url }]) => [name, url]))
}
