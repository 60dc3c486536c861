/** `npm run docs:edges`: writes what the example of this repository is deployed as into the documents of the platforms. */
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { loadConfig } from '../cli/config/index.ts'
import { awsApp } from '../infra/aws/app.ts'
import { awsDeployment } from '../infra/deployments.ts'
import { type Edge, edgesOf, withEdges } from './edge-table.ts'
import { exampleModules, googleEdgesOf } from './google-edges.ts'

const root = resolve(import.meta.dirname, '..')
const config = await loadConfig({ cwd: root })
function write(platform: string, edges: readonly Edge[]): void {
  const file = resolve(root, `docs/deploy/${platform}.md`)
  writeFileSync(file, withEdges(readFileSync(file, 'utf8'), edges))
  console.log(file)
}

for (const platform of ['kinesis', 'kafka', 'nats'] as const) {
  const deployment = await awsDeployment(config, platform, { bundles: resolve(root, 'dist-functions') })
  write(platform, edgesOf(awsApp([deployment])))
}
write('pubsub', googleEdgesOf(exampleModules(config)))
