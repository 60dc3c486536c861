import type { Admin, Kafka } from 'kafkajs'
import { loadClient } from '../core/client-package.ts'
import type { Logger } from '../core/observe.ts'
import { fetchKey, readFetches } from './fetch-response.ts'
import { logTo } from './log.ts'
import type { Settings } from './options.ts'
import { problemOf } from './problem.ts'
import { produceKey, writeProduces } from './produce-request.ts'
import { type Change, changeRequests } from './requests.ts'
import { saslOf } from './sasl.ts'
import { noteStored } from './stored.ts'
import { whileRetriable } from './while-retriable.ts'

export type KafkaModule = typeof import('kafkajs')

/** kafkajs with the settings of one broker. */
export interface Client {
  readonly module: KafkaModule
  readonly settings: Settings
  /** Instances share what is committed of a group, so each consumer needs one of its own. */
  create(retries: number): Kafka
  /** For the application. */
  readonly native: Kafka
  /** Runs work with a short-lived admin: a long-lived one fails for all topics once one that it knew is deleted. */
  admin<T>(what: string, work: (admin: Admin) => Promise<T>): Promise<T>
}

/** Time between attempts inside kafkajs: `initialRetryTime` doubles until `maxRetryTime`. */
export const pace = { initialRetryTime: 100, maxRetryTime: 1_000, factor: 0.2, multiplier: 2 } as const

/** How long a cluster may take to choose a coordinator or to spread the word of a topic: a cold one on a busy computer, seconds. */
export const readyMs = 20_000

/** What this library reads and writes itself. */
const produces: Change = (create, asked) => noteStored((what) => writeProduces(create, what), asked)
const changes = new Map([
  [fetchKey, readFetches],
  [produceKey, produces],
])

/** Loads kafkajs. Throws `ERR_MISSING_CLIENT` where it is not installed. */
export function loadKafkajs(load: () => Promise<KafkaModule>): Promise<KafkaModule> {
  return loadClient('kafka', 'kafkajs', load)
}

export function createClient(module: KafkaModule, settings: Settings, logger: Logger | undefined): Client {
  const { brokers, clientId, connectTimeoutMs, requestTimeoutMs, ssl, sasl } = settings
  const logging =
    logger === undefined
      ? { logLevel: module.logLevel.NOTHING }
      : { logLevel: module.logLevel.INFO, logCreator: logTo(logger) }

  function create(retries: number): Kafka {
    return settings.client ?? changeRequests(plain(retries), changes)
  }

  function plain(retries: number): Kafka {
    return new module.Kafka({
      brokers: [...brokers],
      clientId,
      connectionTimeout: connectTimeoutMs,
      authenticationTimeout: Math.max(connectTimeoutMs, 10_000),
      requestTimeout: requestTimeoutMs,
      retry: { ...pace, retries },
      ...logging,
      ...(ssl === undefined ? {} : { ssl }),
      ...(sasl === undefined ? {} : { sasl: saslOf(sasl) }),
    })
  }

  async function admin<T>(what: string, work: (admin: Admin) => Promise<T>): Promise<T> {
    const began = performance.now()
    const short = create(3).admin({ retry: { ...pace, retries: 3 } })
    try {
      await short.connect()
      return await whileRetriable(() => work(short), readyMs)
    } catch (error) {
      throw problemOf(what, error, { brokers, triedMs: performance.now() - began, code: 'ERR_CONFIG' })
    } finally {
      // It has done its work, or failed with an error that says more.
      await short.disconnect().catch(() => {})
    }
  }

  return { module, settings, create, native: settings.client ?? plain(5), admin }
}
