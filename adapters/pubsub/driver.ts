import type { Capabilities, Driver, Source } from '../core/driver.ts'
import { journal } from '../core/journal.ts'
import type { Logger } from '../core/observe.ts'
import { type Policy, resolvePolicy } from '../core/policy.ts'
import type { Api } from './api.ts'
import { Feed } from './feed.ts'
import type { Settings } from './options.ts'
import { isStatus, problemOf } from './problem.ts'
import { createSend, largestMessage, mostMessages } from './publish.ts'
import { momentOf, seekFirst, seekTo } from './seek.ts'
import { replaySnapshot } from './snapshot.ts'
import { ensureSubscription, keepDeadLetters, refuseForgetful } from './subscription.ts'
import { ensureTopic } from './topic.ts'

/** A driver that knows the service's snapshots, which no start position names. */
export interface PubsubDriver extends Driver {
  replaySnapshot(source: Source, name: string): Promise<void>
}

/** Answers take as long as the way to the region and back; what waits for one must not hold all others. */
const mostBatches = 4

/**
 * Pub/Sub by streaming pull: at least once. With `ordered` ordering keys are lanes; without it messages are shared by all
 * members of a group, in no order.
 */
export function pubsubDriver(api: Api, settings: Settings, logger?: Logger): PubsubDriver {
  const { ordered, attempts } = settings
  const { log } = journal(undefined, logger)
  const feeds = new Map<string, Feed>()
  const capabilities: Capabilities = {
    delivery: 'at-least-once',
    ordering: ordered ? 'lane' : 'none',
    redelivery: ordered ? 'runner' : 'broker',
    attempts,
    delay: !ordered,
    headers: true,
    replay: ['earliest', 'latest', 'time'],
    maxBatch: { records: mostMessages, bytes: largestMessage },
    maxBatchesInFlight: mostBatches,
    maxMessageBytes: largestMessage,
  }

  async function ensureGroup(source: Source, policy: Policy | undefined): Promise<void> {
    const created = { ...settings, createSubscriptions: true }
    if (policy !== undefined && resolvePolicy(policy, source.group).deadLetter !== false)
      await keepDeadLetters(api, source, settings, policy)
    const group = await ensureSubscription(api, source, created, policy)
    if (group.isNew) await seekFirst(api, group.name, source, log)
  }

  /** A reader of this process lets go of what it holds: none of it counts where the group is put. */
  async function moved(source: Source, move: () => Promise<void>, moment: number): Promise<void> {
    const feed = feeds.get(keyOf(source))
    await (feed === undefined ? move() : feed.moved(move, moment))
  }

  return {
    capabilities,

    send: createSend(api),

    async receive(source, deliver, signal, { prefetch }) {
      const key = keyOf(source)
      let feed = feeds.get(key)
      if (feed === undefined) {
        const onEmpty = () => {
          if (feeds.get(key) === feed) feeds.delete(key)
        }
        feed = new Feed({ api, source, settings, log, onEmpty })
        feeds.set(key, feed)
      }
      await feed.read(deliver, signal, prefetch)
    },

    close: () => api.close(),

    async seek(source, to) {
      const moment = momentOf(to)
      const group = await ensureSubscription(api, source, settings)
      if (to !== 'latest' && !group.isNew) await refuseForgetful(api, group, source)
      await moved(source, () => seekTo(api, group.name, source, momentOf(to)), moment)
    },

    // What is held was not acknowledged when the snapshot was made, so all of it comes again.
    replaySnapshot: (source, name) => moved(source, () => replaySnapshot(api, source, name), 0),

    async ensure({ topics, groups = [] }) {
      for (const topic of topics) await ensureTopic(api, topic, settings)
      for (const { policy, ...source } of groups) await ensureGroup(source, policy)
    },

    async ping() {
      await api.ask().catch((error: unknown) => {
        // That, too, is an answer.
        if (isStatus(error, 'permissionDenied')) return
        throw problemOf(error, { what: 'ping', permission: 'pubsub.topics.list', address: api.address })
      })
    },
  }
}

function keyOf({ topic, group }: Source): string {
  return JSON.stringify([topic, group])
}
