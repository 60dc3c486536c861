import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, readFileSync, rmSync } from 'node:fs'
import { extname, resolve } from 'node:path'
import { tolerateAbsentIn } from './declarations.ts'

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
const { peerDependencies } = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8'))
tolerateAbsentIn(resolve(root, 'dist'), Object.keys(peerDependencies))
// Rules that stacks are held to, which are no code.
cpSync(resolve(root, 'infra/policy'), resolve(root, 'dist/infra/policy'), {
  recursive: true,
  filter: (path) => extname(path) !== '.ts',
})
chmodSync(resolve(root, 'dist/cli/main.js'), 0o755)
