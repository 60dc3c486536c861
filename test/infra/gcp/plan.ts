import { join } from 'node:path'
import { resolveConfig } from '../../../cli/config/index.ts'
import { gcpModules } from '../../../infra/gcp/app.ts'
import { type PubsubPlan, pubsubPlan } from '../../../infra/gcp/plan.ts'
import type { TerraformJson } from '../../../infra/gcp/terraform-json.ts'
import { placed } from '../../../infra/place.ts'
import { stageOf } from '../../../infra/stage.ts'

const file = join(import.meta.dirname, '../../../waybill.config.ts')

/** One function pushed to, with a sink, and one that pulls, with a dead letter of its own. */
export const written = {
  brokers: { main: 'pubsub://my-project', hook: 'https://hooks.example/events' },
  functions: {
    billing: {
      handler: './functions/uppercase/handler.ts',
      source: { broker: 'main', topic: 'orders' },
      sink: { broker: 'main', topic: 'bills' },
      policy: { maxAttempts: 7 },
    },
    archive: {
      handler: './functions/uppercase/handler.ts',
      source: { broker: 'main', topic: 'bills' },
      sink: { broker: 'hook', topic: 'archived' },
      policy: { deadLetter: 'not-archived', maxAgeMs: 7_200_000 },
    },
    copy: {
      handler: './functions/uppercase/handler.ts',
      source: { broker: 'main', topic: 'bills' },
      policy: { deadLetter: 'not-archived' },
    },
  },
  infra: {
    functions: { copy: { delivery: 'pull' } },
    pubsub: { region: 'europe-west1', notify: ['projects/my-project/notificationChannels/1'] },
  },
} as const

/** The plan of a configuration as it is written. */
export function planOf(config: unknown = written): PubsubPlan {
  const placement = placed(resolveConfig(config, { file }), 'pubsub')
  return pubsubPlan(placement, stageOf(placement.config.infra))
}

export function modulesOf(config?: unknown): Readonly<Record<string, TerraformJson>> {
  return gcpModules(planOf(config))
}
