import type { Cluster, Consumer, EachBatchPayload } from 'kafkajs'
import type { Deliver } from '../core/driver.ts'
import { type Assignment, laneAssigner } from './assigner.ts'
import { type Client, pace } from './client.ts'
import { Commits } from './commits.ts'
import { Lane } from './lane.ts'
import { faultOf, problem } from './problem.ts'
import { nameInstance } from './static-member.ts'
import { settledWithin } from './within.ts'

export interface MemberOptions {
  readonly group: string
  readonly topics: readonly string[]
  readonly deliver: Deliver
  readonly prefetch: number
  /** Keeps its partitions while it restarts. */
  readonly instanceId: string | undefined
  /** The name that the group knows a crashed member by, which this one comes in place of. */
  readonly replaces: string | undefined
  /** Hears why positions could not be committed; they are committed again later. */
  readonly onCommitFailure: (error: unknown) => void
}

/** Time for the last commit, and for leaving the group, in milliseconds. */
const leaveMs = 5_000
/**
 * Attempts of about a second each that a member makes before it is replaced: the group would wait for it as long as its
 * session lasts, while one that comes back goes on at once.
 */
const outageRetries = 30
/** Time that a member which is still joining has to do so before it is ended, in milliseconds. */
const joinMs = 1_000

/**
 * One consumer in a group, from joining to leaving or crashing. kafkajs waits for all batches of a fetch before it fetches
 * again, so a lane that takes longer than a fetch is paused, and the others go on.
 */
export class Member {
  /** Resolves with the error when it cannot go on. */
  readonly crashed: Promise<unknown>
  readonly #options: MemberOptions
  readonly #consumer: Consumer
  readonly #commits: Commits
  readonly #lanes = new Map<string, Lane>()
  /** Deliveries of lanes that are lost, which their next holder waits for. */
  readonly #leftOver = new Map<string, Promise<void>>()
  readonly #stop = new AbortController()
  readonly #graceMs: number
  readonly #concurrently: number
  #started: Promise<void> = Promise.resolve()
  #id: string | undefined
  #cluster: Cluster | undefined
  #crash: (error: unknown) => void = () => {}

  constructor(client: Client, options: MemberOptions) {
    const { settings, module } = client
    this.#options = options
    this.#graceMs = settings.maxWaitMs
    this.#concurrently = settings.partitionsConcurrently
    this.#commits = new Commits(options.onCommitFailure)
    this.#consumer = client.create(outageRetries).consumer({
      groupId: options.group,
      partitionAssigners: [
        laneAssigner(
          module,
          // What a static member tells stays the same, or its restart would rebalance the group.
          () => ({ owns: options.instanceId === undefined ? this.#owns() : {} }),
          (cluster) => {
            this.#cluster = cluster
            if (options.instanceId !== undefined) nameInstance(cluster, options.instanceId)
          },
        ),
      ],
      sessionTimeout: settings.sessionTimeoutMs,
      rebalanceTimeout: settings.rebalanceTimeoutMs,
      heartbeatInterval: settings.heartbeatMs,
      maxBytesPerPartition: settings.maxBytesPerPartition,
      maxWaitTimeInMs: settings.maxWaitMs,
      allowAutoTopicCreation: false,
      // A new consumer is safer than one that kafkajs starts again: its metadata and timers outlive it.
      retry: { ...pace, retries: 5, restartOnFailure: async () => false },
    })
    this.crashed = new Promise((resolve) => {
      this.#crash = (error) => {
        this.#loseAll()
        resolve(error)
      }
    })
  }

  /** The name that the group knows it by, once it has joined. */
  get id(): string | undefined {
    return this.#id
  }

  start(): void {
    this.#started = this.#start().catch((error: unknown) => this.#crash(error))
  }

  /** Resolves when every delivery has ended. */
  async idle(): Promise<void> {
    const pending = () => [
      ...this.#leftOver.values(),
      ...[...this.#lanes.values()].flatMap((lane) => lane.pending ?? []),
    ]
    for (let open = pending(); open.length > 0; open = pending()) await Promise.all(open)
  }

  /**
   * Fetches nothing more, waits for what is being delivered, commits, leaves. Rejects where what was settled could not be
   * committed: it will come again.
   */
  async stop(): Promise<void> {
    this.#stop.abort()
    for (const lane of this.#lanes.values()) lane.close()
    await this.idle()
    try {
      await this.#commitAll()
    } finally {
      this.#commits.end()
      await this.#leave()
    }
  }

  /** Ends what a crash left. */
  async abandon(): Promise<void> {
    this.#stop.abort()
    this.#loseAll()
    await this.idle()
    this.#commits.end()
    await this.#leave()
  }

  async #start(): Promise<void> {
    const consumer = this.#consumer
    const { GROUP_JOIN, REBALANCING, CRASH } = consumer.events
    consumer.on(GROUP_JOIN, ({ payload }) => this.#joined(payload.memberId, payload.memberAssignment))
    consumer.on(REBALANCING, () => void this.#commits.flush())
    consumer.on(CRASH, ({ payload }) => this.#crash(payload.error))
    await consumer.connect()
    await this.#takeOver()
    // What has no position, such as a new partition, is read from its beginning: nothing of it is lost.
    await consumer.subscribe({ topics: [...this.#options.topics], fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: this.#concurrently,
      eachBatch: (payload) => this.#eachBatch(payload),
    })
  }

  /** Else the group would wait for the crashed member as long as its session lasts, and nobody could join. */
  async #takeOver(): Promise<void> {
    const { group: groupId, replaces: memberId } = this.#options
    if (memberId === undefined || this.#cluster === undefined) return
    try {
      await this.#cluster.refreshMetadataIfNecessary()
      const coordinator = await this.#cluster.findGroupCoordinator({ groupId })
      if ('leaveGroup' in coordinator && typeof coordinator.leaveGroup === 'function')
        await coordinator.leaveGroup({ groupId, memberId })
    } catch (error) {
      // The group has given it up already.
      if (faultOf(error).type !== 'UNKNOWN_MEMBER_ID') throw error
    }
  }

  async #eachBatch(payload: EachBatchPayload): Promise<void> {
    if (this.#stop.signal.aborted) {
      payload.pause()
      return
    }
    const { topic, partition } = payload.batch
    const lane = this.#lanes.get(keyOf(topic, partition))
    if (lane === undefined) return
    this.#commits.use(payload.commitOffsetsIfNecessary)
    const room = lane.take(payload)
    if (room === undefined || (await settledWithin(room, this.#graceMs, this.#stop.signal))) return
    const resume = payload.pause()
    // Not while stopping: it would be fetched in vain, again and again.
    room.then(() => this.#stop.signal.aborted || resume())
  }

  /** Members keep their name as long as the group has not given them up, and with it what they were about. */
  #joined(id: string, assignment: Assignment): void {
    const isSame = this.#id === id
    this.#id = id
    for (const [key, lane] of this.#lanes)
      if (!isSame || !assignment[lane.topic]?.includes(lane.partition)) this.#lose(key, lane)
    const { deliver, prefetch } = this.#options
    const onSettled = (lane: Lane, offset: bigint) => this.#commits.add(lane, offset)
    for (const [topic, partitions] of Object.entries(assignment)) {
      for (const partition of partitions) {
        const key = keyOf(topic, partition)
        if (!this.#lanes.has(key))
          this.#lanes.set(
            key,
            new Lane(topic, partition, { deliver, prefetch, onSettled, after: this.#leftOver.get(key) }),
          )
      }
    }
  }

  #lose(key: string, lane: Lane): void {
    this.#lanes.delete(key)
    this.#commits.forget(lane)
    lane.lose()
    const { pending } = lane
    if (pending === undefined) return
    this.#leftOver.set(key, pending)
    pending.then(() => this.#leftOver.get(key) === pending && this.#leftOver.delete(key))
  }

  #loseAll(): void {
    for (const [key, lane] of this.#lanes) this.#lose(key, lane)
  }

  #owns(): Assignment {
    const owns: Record<string, number[]> = {}
    for (const { topic, partition } of this.#lanes.values()) {
      const partitions = owns[topic] ?? []
      partitions.push(partition)
      owns[topic] = partitions
    }
    return owns
  }

  /** A rebalance under way refuses commits until the member has joined again, which takes a heartbeat. */
  async #commitAll(): Promise<void> {
    const deadline = performance.now() + leaveMs
    await this.#commits.flush()
    while (!this.#commits.isDone) {
      if (performance.now() > deadline)
        throw problem(
          'ERR_TIMEOUT',
          `the last positions of group "${this.#options.group}" could not be committed: what was handled last comes again`,
        )
      await new Promise((resolve) => setTimeout(resolve, 20))
      await this.#commits.flush()
    }
  }

  async #leave(): Promise<void> {
    // A group that waits for a member that is gone keeps the others from joining for as long.
    const isStarted = await settledWithin(this.#started, joinMs)
    const left = this.#consumer.disconnect()
    await settledWithin(left, leaveMs)
    if (!isStarted) this.#started.then(() => this.#consumer.disconnect()).catch(() => {})
  }
}

function keyOf(topic: string, partition: number): string {
  return `${topic}/${partition}`
}
