import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, rmSync } from 'node:fs'
import { extname, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')

rmSync(resolve(root, 'dist'), { recursive: true, force: true })
execFileSync(
  process.execPath,
  [resolve(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'],
  {
    cwd: root,
    stdio: 'inherit',
  },
)
// Rules that stacks are held to, which are no code.
cpSync(resolve(root, 'infra/policy'), resolve(root, 'dist/infra/policy'), {
  recursive: true,
  filter: (path) => extname(path) !== '.ts',
})
chmodSync(resolve(root, 'dist/cli/main.js'), 0o755)
