import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { build } from 'esbuild'

const root = resolve(import.meta.dirname, '..')

/**
 * Bundles a program of the tree and runs it under plain Node.js with the arguments of this one: a loader that compiles
 * while it runs would slow the code that is measured by a quarter. Returns the exit code.
 */
export async function runBundled(source: string, name: string): Promise<number> {
  const folder = resolve(root, 'node_modules/.cache/waybill')
  const outfile = resolve(folder, `${name}.mjs`)
  mkdirSync(folder, { recursive: true })
  await build({
    entryPoints: [resolve(root, source)],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    packages: 'external',
    sourcemap: 'inline',
    logLevel: 'error',
  })
  const words = ['--expose-gc', outfile, ...process.argv.slice(2)]
  return spawnSync(process.execPath, words, { stdio: 'inherit' }).status ?? 1
}
