import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import type { Command } from 'commander'
import pc from 'picocolors'
import { messageOf, WaybillError } from '../../adapters/index.ts'
import { printable } from '../printable.ts'
import { version } from '../version.ts'
import { projectFiles } from './files.ts'

/** `waybill init [folder]`: a new project. */
export function addInit(program: Command): void {
  program
    .command('init [folder]')
    .description('write a new project: a configuration, a function, a test (default: into this folder)')
    .action(init)
}

async function init(written = '.'): Promise<void> {
  const folder = resolve(written)
  const files = projectFiles({ name: nameOf(folder), version: version() })
  const there = Object.keys(files).filter((path) => existsSync(join(folder, path)))
  if (there.length > 0)
    throw new WaybillError(
      'ERR_INPUT',
      `${folder} has ${there.join(', ')} already: choose another folder, nothing was written`,
    )
  try {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      // Whoever wrote the file in the meantime keeps it.
      await writeFile(join(folder, path), text, { flag: 'wx' })
    }
  } catch (cause) {
    throw new WaybillError('ERR_INPUT', `${folder} cannot be written to: ${messageOf(cause)}`, { cause })
  }
  const place = printable(relative(process.cwd(), folder))
  const enter = place === '' ? '' : `cd ${place} && `
  const lines = Object.keys(files).map((path) => `${pc.green('✓')} ${join(place, path)}`)
  process.stdout.write(`${[...lines, '', `${enter}npm install && npm start`].join('\n')}\n`)
}

/** The folder's name, as npm allows it. */
function nameOf(folder: string): string {
  const name = basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[._-]+|-+$/g, '')
  return name === '' ? 'events' : name
}
