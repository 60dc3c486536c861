/** `npm run docs:edges`: writes what the example of this repository is deployed as into the documents of the platforms. */
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { loadConfig } from '../cli/config/index.ts'
import { awsApp } from '../infra/aws/app.ts'
import { awsDeployment } from '../infra/deployments.ts'
import { edgesOf, withEdges } from './edge-table.ts'

const root = resolve(import.meta.dirname, '..')
const config = await loadConfig({ cwd: root })
for (const platform of ['kinesis', 'kafka', 'nats'] as const) {
  const file = resolve(root, `docs/deploy/${platform}.md`)
  const deployment = await awsDeployment(config, platform, { bundles: resolve(root, 'dist-functions') })
  writeFileSync(file, withEdges(readFileSync(file, 'utf8'), edgesOf(awsApp([deployment]))))
  console.log(file)
}
