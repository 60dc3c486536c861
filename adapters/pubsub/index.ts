import type { PubSub } from '@google-cloud/pubsub'
import { bindingOptionsOf } from '../core/binding-options.ts'
import type { Broker } from '../core/broker.ts'
import type { Adapter } from '../core/connect.ts'
import { createBroker } from '../core/create-broker.ts'
import type { Driver, Source } from '../core/driver.ts'
import type { Logger } from '../core/observe.ts'
import type { Api } from './api.ts'
import { pubsubBinding } from './binding.ts'
import { pubsubDriver } from './driver.ts'
import { openApi, type PubsubModule } from './open.ts'
import { type PubsubOptions, parameters, settingsOf, structures } from './options.ts'
import { problem } from './problem.ts'
import { createSnapshot } from './snapshot.ts'

export { binding, pubsubBinding } from './binding.ts'
export { subscriptionPath, topicPath } from './names.ts'
export type { PubsubOptions } from './options.ts'

/** A broker over Pub/Sub, with what other transports do not have. */
export interface PubsubBroker extends Broker {
  /** The client: the way out for what the portable model does not carry. */
  readonly native: PubSub
  /**
   * Notes what a group has not acknowledged yet, for at most seven days, under a name of its own. Throws `ERR_CONFIG` for a name that is
   * none or is taken, `ERR_NOT_FOUND` where the group has no subscription.
   */
  createSnapshot(source: Source, name: string): Promise<void>
  /** Puts a group where a snapshot of its topic was made. Throws `ERR_NOT_FOUND` where there is none. */
  replaySnapshot(source: Source, name: string): Promise<void>
}

export interface PubsubParts {
  /** Default: imports `@google-cloud/pubsub`. */
  readonly load?: (() => Promise<PubsubModule>) | undefined
  /** Put around the requests, to stand in for what an emulator cannot do. */
  readonly wrapApi?: ((api: Api) => Api) | undefined
  /** Put around the driver, to watch it or to inject faults. */
  readonly wrap?: ((driver: Driver) => Driver) | undefined
}

/** About half a minute, in which what is cut or overloaded comes back. */
const publishRetry = { maxAttempts: 14, backoff: { initialMs: 50, maxMs: 5_000, factor: 2 } }

/**
 * Pub/Sub: at least once, in order per key. Throws `ERR_MISSING_CLIENT` without the package `@google-cloud/pubsub`, `ERR_CONFIG` for
 * wrong options and where there are no credentials or no project.
 */
export async function pubsub(
  options: PubsubOptions,
  logger?: Logger,
  { load, wrapApi = (api) => api, wrap = (driver) => driver }: PubsubParts = {},
): Promise<PubsubBroker> {
  const settings = settingsOf(options)
  const api = wrapApi(await openApi(options, settings.requestMs, load))
  const { contentTypeForGo, rawData } = options
  const bound = {
    ...bindingOptionsOf({ ...options }, 'pubsub'),
    contentTypeForGo,
    rawData,
    project: api.project,
  }
  const driver = pubsubDriver(api, settings, logger)
  const broker = createBroker({
    name: 'pubsub',
    driver: wrap(driver),
    binding: pubsubBinding(bound),
    publishRetry,
    logger,
  })
  let isClosed = false
  const open = () => {
    if (isClosed) throw problem('ERR_CLOSED', 'snapshots after close: open a new broker')
  }
  const close = () => {
    isClosed = true
    return broker.close()
  }
  return {
    ...broker,
    native: api.native,
    async createSnapshot(source, name) {
      open()
      await createSnapshot(api, source, name)
    },
    async replaySnapshot(source, name) {
      open()
      await driver.replaySnapshot(source, name)
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** `pubsub://project?endpoint=127.0.0.1:8085`. */
export const adapter: Adapter = {
  schemes: ['pubsub'],
  parameters,
  options: structures,
  open({ address, path, options }, logger) {
    if (path !== '')
      throw problem('ERR_CONFIG', 'pubsub:// has no path: topics are named where they are used')
    return pubsub({ ...options, project: address === '' ? undefined : address }, logger)
  },
}
