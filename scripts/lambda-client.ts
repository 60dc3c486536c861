/**
 * Puts Lambda's own runtime interface client into the cache, so that the bundles are tested under it. Its native part is built
 * here, which takes a minute and needs cmake, g++, make, tar and xz.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from '../dev/index.ts'
import { clientVersion, lambdaClient } from '../test/runtime/runtime.ts'

if (lambdaClient() === undefined) install()
console.log(`aws-lambda-ric ${clientVersion} is in the cache`)

function install(): void {
  const draft = mkdtempSync(join(cacheFolder(), 'draft-'))
  try {
    writeFileSync(join(draft, 'package.json'), '{ "private": true }\n')
    const words = ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error']
    execFileSync('npm', [...words, `aws-lambda-ric@${clientVersion}`], {
      cwd: draft,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    renameSync(draft, join(cacheFolder(), `aws-lambda-ric-${clientVersion}`))
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    throw error
  }
}
