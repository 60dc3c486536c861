import type { Capabilities, Driver } from '../../core/driver.ts'
import type { Connection } from '../connection.ts'
import { limitsOf } from '../limits.ts'
import { createOutgoing } from '../outgoing.ts'
import { problem } from '../problem.ts'
import { Replies } from '../replies.ts'
import { checkFilter } from '../subject.ts'
import { ApiError, createApi } from './api.ts'
import { ensureConsumer, moveConsumer } from './consumer.ts'
import { Feed } from './feed.ts'
import type { JetstreamOptions } from './options.ts'
import { createSend } from './publish.ts'
import { ensureStream, streamOf } from './stream.ts'

/** So many that answers of some arrive while others are put together. */
const mostBatches = 4

/**
 * JetStream: at least once. With `ordered` keys are lanes, of which one member of a group reads all; without it messages
 * are shared by all members, in no order.
 */
export function jetstreamDriver(connection: Connection, options: JetstreamOptions = {}): Driver {
  const { ordered = true, outstanding = 512, publishMs = 5_000, domain } = options
  const { native } = connection
  if (ordered) checkVersion(native.info?.version)
  const replies = new Replies(connection)
  const api = createApi(connection, replies, domain)
  const outgoing = createOutgoing(native, connection.headers(), 'jetstream')
  const feeds = new Map<string, Feed>()
  const capabilities: Capabilities = {
    delivery: 'at-least-once',
    ordering: ordered ? 'lane' : 'none',
    redelivery: ordered ? 'runner' : 'broker',
    attempts: !ordered,
    delay: !ordered,
    headers: true,
    replay: ['earliest', 'latest', 'time', 'position'],
    ...limitsOf(native),
    maxBatchesInFlight: Math.min(mostBatches, outstanding),
  }

  return {
    capabilities,

    send: createSend({ connection, outgoing, replies, api, outstanding, publishMs, ordered }),

    async receive(source, deliver, signal, { prefetch }) {
      checkFilter(source.topic, 'jetstream')
      const key = JSON.stringify([source.topic, source.group])
      let feed = feeds.get(key)
      if (feed === undefined) {
        const onEmpty = () => {
          if (feeds.get(key) === feed) feeds.delete(key)
        }
        feed = new Feed({ connection, api, replies, source, options, onEmpty })
        feeds.set(key, feed)
      }
      await feed.read(deliver, signal, prefetch).catch(refused)
    },

    async close() {
      replies.close()
      await connection.close()
    },

    async seek(source, to) {
      checkFilter(source.topic, 'jetstream')
      const stream = await streamOf(api, source.topic).catch(refused)
      await moveConsumer(api, stream, source, to, options).catch(refused)
    },

    async ensure({ topics, groups = [] }) {
      for (const topic of topics) {
        checkFilter(topic, 'jetstream')
        await ensureStream(api, topic, options).catch(refused)
      }
      for (const source of groups) {
        const stream = await streamOf(api, source.topic).catch(refused)
        await ensureConsumer(api, stream, source, { ...options, createConsumers: true }).catch(refused)
      }
    },

    async ping() {
      await api.ask('INFO').catch(refused)
    },
  }
}

function refused(error: unknown): never {
  if (!(error instanceof ApiError)) throw error
  const text = `the server refuses: ${error.message}; see its configuration and the rights of the account`
  throw problem('jetstream', 'ERR_CONFIG', text, error)
}

/** The first version that lets one member of a group read at a time (nats-server 2.11, "pinned consumers"). */
function checkVersion(version = ''): void {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > 2 || (major === 2 && minor >= 11)) return
  const what = `nats-server ${version} cannot keep the order of a group's members`
  throw problem('jetstream', 'ERR_UNSUPPORTED', `${what}: use 2.11 or newer, or set ordered to false`)
}
