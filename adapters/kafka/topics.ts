import type { Admin, PartitionMetadata } from 'kafkajs'
import { nearest } from '../core/nearest.ts'
import { type Client, pace, readyMs } from './client.ts'
import { faultOf, isMissing, problem, problemOf } from './problem.ts'
import { whileRetriable } from './while-retriable.ts'

/** As kafkajs' own `metadataMaxAge`. */
const maxAgeMs = 300_000

/** How long a new topic may be unknown to some of its brokers. */
const heardOfMs = 3_000

interface Known {
  readonly partitions: readonly PartitionMetadata[]
  readonly until: number
}

/** What topics there are, and their partitions. Topics are never created by asking for them. */
export class Topics {
  readonly #client: Client
  readonly #known = new Map<string, Known>()
  readonly #asked = new Map<string, Promise<readonly PartitionMetadata[]>>()
  #admin: Promise<Admin> | undefined
  #hasAnswered = false

  constructor(client: Client) {
    this.#client = client
  }

  /**
   * True once the cluster answered a question: if it cannot be reached later, it may come back. That a connection was made
   * says nothing, since a broker that wants credentials closes it only then.
   */
  get hasAnswered(): boolean {
    return this.#hasAnswered
  }

  /** The partitions of a topic, where they are known. */
  known(topic: string): readonly PartitionMetadata[] | undefined {
    const found = this.#known.get(topic)
    return found !== undefined && found.until > Date.now() ? found.partitions : undefined
  }

  /** Throws `ERR_NOT_FOUND` where there is no such topic, at once: kafkajs would ask for it for a minute. */
  async partitions(topic: string): Promise<readonly PartitionMetadata[]> {
    const known = this.known(topic)
    if (known !== undefined) return known
    const asked = this.#asked.get(topic) ?? this.#ask(topic)
    this.#asked.set(topic, asked)
    try {
      return await asked
    } finally {
      this.#asked.delete(topic)
    }
  }

  forget(topic: string): void {
    this.#known.delete(topic)
  }

  /** The topics of a source: one, or those that match `/a regular expression/`. Throws `ERR_NOT_FOUND` where there is none. */
  async matching(name: string): Promise<readonly string[]> {
    const pattern = patternOf(name)
    if (pattern === undefined) {
      this.forget(name)
      // A reader begins once; what is sent is sent again by the publisher.
      await whileRetriable(() => this.partitions(name), readyMs, heardOfMs)
      return [name]
    }
    const all = await this.#use(`reading the list of topics`, (admin) => admin.listTopics())
    const matching = all.filter((topic) => !topic.startsWith('__') && pattern.test(topic)).sort()
    if (matching.length === 0)
      throw problem('ERR_NOT_FOUND', `no topic matches ${name}: create one, or correct the expression`)
    return matching
  }

  async ping(): Promise<void> {
    await this.#use('ping', (admin) => admin.describeCluster())
  }

  async close(): Promise<void> {
    const admin = this.#admin
    this.#admin = undefined
    // One that never connected has nothing to end.
    await admin?.then(
      (connected) => connected.disconnect(),
      () => {},
    )
  }

  async #ask(topic: string): Promise<readonly PartitionMetadata[]> {
    try {
      const metadata = await this.#use(`looking up topic "${topic}"`, (admin) =>
        admin.fetchTopicMetadata({ topics: [topic] }),
      )
      const partitions = metadata.topics[0]?.partitions ?? []
      this.#known.set(topic, { partitions, until: Date.now() + maxAgeMs })
      return partitions
    } catch (error) {
      this.forget(topic)
      if (!isMissing(faultOf(error))) throw error
      throw await this.#notFound(topic, error)
    }
  }

  async #notFound(topic: string, cause: unknown) {
    if (faultOf(cause).type === 'INVALID_TOPIC_EXCEPTION')
      return problem(
        'ERR_NOT_FOUND',
        `"${topic}" cannot be a topic: use up to 249 of a-z, A-Z, 0-9, ".", "_" and "-"`,
        cause,
      )
    const all = await this.#use('reading the list of topics', (admin) => admin.listTopics()).catch(() => [])
    const names = all.filter((name) => !name.startsWith('__'))
    const nearby = names.length > 1_000 ? undefined : nearest(topic, names)
    const near = nearby === undefined ? '' : ` (nearest: "${nearby}")`
    return problem(
      'ERR_NOT_FOUND',
      `topic "${topic}" does not exist${near}: create it first, in development with broker.ensure or waybill run --ensure, or correct the name`,
      cause,
    )
  }

  async #use<T>(what: string, work: (admin: Admin) => Promise<T>): Promise<T> {
    const began = performance.now()
    this.#admin ??= this.#connect()
    const connected = this.#admin
    try {
      const answer = await work(await connected)
      this.#hasAnswered = true
      return answer
    } catch (error) {
      const fault = faultOf(error)
      // The next call begins with a new connection.
      if (!isMissing(fault) && this.#admin === connected) await this.close()
      if (isMissing(fault)) {
        this.#hasAnswered = true
        throw error
      }
      const { brokers } = this.#client.settings
      throw problemOf(what, error, { brokers, triedMs: performance.now() - began, code: 'ERR_CONFIG' })
    }
  }

  async #connect(): Promise<Admin> {
    const admin = this.#client.create(2).admin({ retry: { ...pace, retries: 2 } })
    await admin.connect()
    return admin
  }
}

/** The expression of `/expression/flags`. No topic has a slash in its name. Throws `ERR_CONFIG` where it is none. */
export function patternOf(name: string): RegExp | undefined {
  const match = /^\/(.+)\/([a-z]*)$/s.exec(name)
  if (match === null) return undefined
  try {
    // `g` and `y` would make one test depend on the one before.
    return new RegExp(match[1] ?? '', (match[2] ?? '').replace(/[gy]/g, ''))
  } catch (cause) {
    throw problem('ERR_CONFIG', `the topic ${name} is no regular expression: correct it`, cause)
  }
}
