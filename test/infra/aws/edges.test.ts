import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { resolvePolicy } from '../../../adapters/core/policy.ts'
import { loadConfig } from '../../../cli/config/index.ts'
import { awsApp } from '../../../infra/aws/app.ts'
import { deploymentWith } from '../../../infra/deployments.ts'
import { edgesOf, withEdges } from '../../../scripts/edge-table.ts'
import { bundlesFor, temporary } from './deployed.ts'

const root = resolve(import.meta.dirname, '../../..')
const config = await loadConfig({ cwd: root })
const bundles = bundlesFor(config.functions.map(({ name }) => name))

describe.each(['kinesis', 'kafka', 'nats'] as const)('the example of this repository, on %s', (platform) => {
  const edges = edgesOf(awsApp([deploymentWith(config, platform, bundles)], { outdir: temporary() }))

  it('has every function in exactly one stack, with source, retries, dead letter, permission and alarms', () => {
    expect(edges.map((edge) => edge.function)).toEqual(config.functions.map(({ name }) => name).toSorted())
    for (const edge of edges) {
      const fn = config.functions.find(({ name }) => name === edge.function)
      const { maxAttempts, deadLetter } = resolvePolicy(fn?.policy ?? {}, fn?.source.group ?? '')
      expect(edge.source).toMatch(new RegExp(` ${fn?.source.topic}$`))
      expect(edge.retry).toContain(`${maxAttempts} attempts`)
      expect(edge.publishes.split(', ').toSorted()).toEqual(
        [fn?.sink?.topic, deadLetter].filter(Boolean).toSorted(),
      )
      expect(edge.deadLetter).not.toBe('none')
      expect(edge.alarms.split(', ').length).toBeGreaterThanOrEqual(3)
    }
  })

  it('is what the document says: npm run docs:edges', () => {
    const document = readFileSync(resolve(root, `docs/deploy/${platform}.md`), 'utf8')
    expect(document).toBe(withEdges(document, edges))
  })
})
