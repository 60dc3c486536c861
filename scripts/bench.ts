/**
 * `npm run bench -- [name …] [--json]`: bundles the benches and runs them under plain Node.js. A loader that compiles
 * while they run would slow the code that is measured by a quarter.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { build } from 'esbuild'

const root = resolve(import.meta.dirname, '..')
const outdir = resolve(root, 'node_modules/.cache/waybill')
mkdirSync(outdir, { recursive: true })
await build({
  entryPoints: [resolve(root, 'bench/main.ts')],
  outfile: resolve(outdir, 'bench.mjs'),
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  packages: 'external',
  sourcemap: 'inline',
  logLevel: 'error',
})
const run = spawnSync(
  process.execPath,
  ['--expose-gc', resolve(outdir, 'bench.mjs'), ...process.argv.slice(2)],
  {
    stdio: 'inherit',
  },
)
process.exitCode = run.status ?? 1
