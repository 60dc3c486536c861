import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { resolvePolicy } from '../../../adapters/core/policy.ts'
import { loadConfig } from '../../../cli/config/index.ts'
import { withEdges } from '../../../scripts/edge-table.ts'
import { exampleModules, googleEdgesOf } from '../../../scripts/google-edges.ts'
import { modulesOf } from './plan.ts'

const root = resolve(import.meta.dirname, '../../..')
const config = await loadConfig({ cwd: root })
const edges = googleEdgesOf(exampleModules(config))

describe('the example of this repository, on Pub/Sub', () => {
  it('has every function in exactly one module, with source, retries, dead letter, permission and alerts', () => {
    expect(edges.map((edge) => edge.function)).toEqual(config.functions.map(({ name }) => name).toSorted())
    for (const edge of edges) {
      const fn = config.functions.find(({ name }) => name === edge.function)
      const { maxAttempts, deadLetter } = resolvePolicy(fn?.policy ?? {}, fn?.source.group ?? '')
      expect(edge.stack).toBe('waybill-dev-pubsub')
      expect(edge.source).toBe(`topic ${fn?.source.topic}`)
      expect(edge.retry).toContain(`${maxAttempts} attempts`)
      expect(edge.deadLetter).toBe(`subscription ${deadLetter}+redrive`)
      expect(edge.publishes.split(', ')).toEqual([fn?.sink?.topic, deadLetter].filter(Boolean).toSorted())
      expect(edge.alarms.split(', ')).toEqual([
        'num_undelivered_messages',
        'oldest_unacked_message_age',
        'push_request_count',
        'request_count',
      ])
    }
  })

  it('is what the document says: npm run docs:edges', () => {
    const document = readFileSync(resolve(root, 'docs/deploy/pubsub.md'), 'utf8')
    expect(document).toBe(withEdges(document, edges))
  })
})

describe('a function that pulls', () => {
  it('has its dead letter where its account may publish, and what rings for it', () => {
    expect(googleEdgesOf(modulesOf()).find((edge) => edge.function === 'copy')).toEqual({
      function: 'copy',
      stack: 'waybill-dev-pubsub',
      source: 'topic bills',
      retry: 'by the worker',
      deadLetter: 'subscription not-archived+redrive',
      publishes: 'not-archived',
      alarms: 'num_undelivered_messages, oldest_unacked_message_age',
    })
  })
})
