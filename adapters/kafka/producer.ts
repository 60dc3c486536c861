import type { Producer, RecordMetadata } from 'kafkajs'
import type { SendResult } from '../core/driver.ts'
import { heldBack } from '../core/held-back.ts'
import type { Message } from '../core/message.ts'
import { onAbort } from '../core/on-abort.ts'
import { type Client, pace } from './client.ts'
import { type Parts, type Placed, partitioner, partsOf } from './partition.ts'
import { faultOf, isMissing, isTooLarge, problem, problemOf } from './problem.ts'
import { storedAt } from './stored.ts'
import type { Topics } from './topics.ts'

export interface KafkaProducer {
  send(topic: string, messages: readonly Message[], signal?: AbortSignal): Promise<readonly SendResult[]>
  close(): Promise<void>
}

/** A producer of kafkajs, and how many sends wait for it. */
interface Session {
  readonly producer: Producer
  readonly connected: Promise<void>
  sends: number
  retired: boolean
}

/** The broker and this client no longer agree on what was sent: a new producer begins anew. */
const outOfStep = new Set([
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'DUPLICATE_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
])

/**
 * Sends with an idempotent producer and `acks: -1`. kafkajs repeats what fails for a moment, with the same sequence numbers,
 * so that the broker takes each record once. When it gives up, the producer is dropped: the next one to reuse these
 * numbers for other records would have them taken for repetitions, confirmed, and not stored.
 */
export function createProducer(client: Client, topics: Topics): KafkaProducer {
  const { module, settings } = client
  const place = partitioner(module)
  const { brokers } = settings
  const compression =
    settings.compression === 'gzip' ? module.CompressionTypes.GZIP : module.CompressionTypes.None
  const sessions = new Set<Session>()
  let current: Session | undefined

  function session(): Session {
    if (current !== undefined) return current
    const producer = client.create(1).producer({
      idempotent: true,
      allowAutoTopicCreation: false,
      // Every record comes with its partition.
      createPartitioner: () => (args) => args.message.partition ?? 0,
      retry: { ...pace, retries: 5 },
    })
    const opened: Session = { producer, connected: producer.connect(), sends: 0, retired: false }
    sessions.add(opened)
    current = opened
    return opened
  }

  /** No send begins with it any more; it ends with its last one, since kafkajs would connect again for that. */
  function retire(old: Session): void {
    old.retired = true
    if (current === old) current = undefined
    if (old.sends === 0) end(old)
  }

  function end(old: Session): void {
    if (!sessions.delete(old)) return
    // It is of no use any more, whether the broker hears of it or not.
    old.connected.then(() => old.producer.disconnect()).catch(() => {})
  }

  async function produce(topic: string, placed: readonly Placed[]): Promise<RecordMetadata[]> {
    const used = session()
    used.sends++
    try {
      await used.connected
      const messages = placed.map(({ record }) => record)
      return await used.producer.send({ topic, messages, acks: -1, compression })
    } catch (error) {
      // Refused for its size it was not stored, and has used up no number.
      if (!isTooLarge(faultOf(error))) retire(used)
      throw error
    } finally {
      used.sends--
      if (used.retired && used.sends === 0) end(used)
    }
  }

  async function sendAll(topic: string, messages: readonly Message[]): Promise<readonly SendResult[]> {
    const results: SendResult[] = new Array(messages.length)
    let placed: readonly Placed[]
    try {
      placed = place(topic, messages, topics.known(topic) ?? (await topics.partitions(topic)))
    } catch (error) {
      return messages.map(() => failure(topic, error))
    }
    const parts = partsOf(placed)
    try {
      acceptAll(results, await produce(topic, placed), parts)
    } catch (error) {
      if (isTooLarge(faultOf(error))) await sendParts(topic, parts, results)
      else await refuse(topic, error, parts, results)
    }
    return results
  }

  /** All but the partitions of which a broker said that it stored them. */
  async function refuse(topic: string, error: unknown, parts: Parts, results: SendResult[]): Promise<void> {
    const refusal = await explained(topic, error)
    for (const [partition, part] of parts) {
      const offset = part[0] && storedAt(part[0].record)
      if (offset !== undefined) accept(results, offset, partition, part)
      else for (const { index } of part) results[index] = refusal
    }
  }

  /** One partition at a time: those that were stored already are known to the broker by their numbers. */
  async function sendParts(topic: string, parts: Parts, results: SendResult[]): Promise<void> {
    for (const [partition, part] of parts) {
      const failedKeys = new Set<string>()
      await sendPart(topic, partition, part, results, failedKeys)
    }
  }

  /** Halves what is too large until the record that is too large stands alone. */
  async function sendPart(
    topic: string,
    partition: number,
    part: readonly Placed[],
    results: SendResult[],
    failedKeys: Set<string>,
  ): Promise<void> {
    const open = part.filter((each) => {
      const isHeld = failedKeys.has(nameOf(each))
      if (isHeld) results[each.index] = heldBack('kafka', false)
      return !isHeld
    })
    if (open.length === 0) return
    try {
      acceptAll(results, await produce(topic, open), new Map([[partition, open]]))
    } catch (error) {
      if (open.length > 1 && isTooLarge(faultOf(error))) {
        const half = open.length >> 1
        await sendPart(topic, partition, open.slice(0, half), results, failedKeys)
        await sendPart(topic, partition, open.slice(half), results, failedKeys)
        return
      }
      for (const each of open) {
        results[each.index] = failure(topic, error)
        if (each.record.key !== null) failedKeys.add(nameOf(each))
      }
    }
  }

  /** A topic that is gone is no failure for a moment, though kafkajs takes it for one. */
  async function explained(topic: string, error: unknown): Promise<SendResult> {
    if (!isMissing(faultOf(error))) return failure(topic, error)
    topics.forget(topic)
    try {
      await topics.partitions(topic)
      return failure(topic, error, true)
    } catch (found) {
      return failure(topic, found)
    }
  }

  function failure(topic: string, error: unknown, isPassing = false): SendResult {
    const fault = faultOf(error)
    const passes = fault.isConnection
      ? topics.hasAnswered
      : fault.retriable || outOfStep.has(fault.type ?? '')
    const retryable = isPassing || (!isMissing(fault) && passes)
    return { error: problemOf(`publishing to "${topic}"`, error, { brokers }), retryable }
  }

  async function send(topic: string, messages: readonly Message[], signal?: AbortSignal) {
    const sending = sendAll(topic, messages)
    if (signal === undefined) return sending
    const { promise, cancel } = aborted(signal)
    try {
      const results = await Promise.race([sending, promise])
      if (results !== undefined) return results
    } finally {
      cancel()
    }
    const error = problem('ERR_CLOSED', `publishing to "${topic}" was ended: it may have arrived or not`)
    return messages.map(() => ({ error, retryable: false }))
  }

  async function close(): Promise<void> {
    const ending = [...sessions].map(async ({ connected, producer }) => {
      // One that never connected has nothing to end.
      await connected.then(() => producer.disconnect()).catch(() => {})
    })
    sessions.clear()
    current = undefined
    await Promise.all(ending)
  }

  return { send, close }
}

function acceptAll(results: SendResult[], answers: readonly RecordMetadata[], parts: Parts): void {
  for (const [partition, part] of parts) {
    const { baseOffset } = answers.find((answer) => answer.partition === partition) ?? {}
    accept(results, baseOffset, partition, part)
  }
}

/** A broker tells the offset of the first record of each partition, if any; those of one send follow each other. */
function accept(
  results: SendResult[],
  offset: string | undefined,
  partition: number,
  part: readonly Placed[],
): void {
  const lane = String(partition)
  const isTold = offset !== undefined && !offset.startsWith('-')
  let next = isTold ? BigInt(offset) : 0n
  for (const { index } of part) results[index] = isTold ? { lane, position: String(next++) } : { lane }
}

function nameOf({ record: { key } }: Placed): string {
  if (key === null) return ''
  return typeof key === 'string' ? key : key.toString('latin1')
}

function aborted(signal: AbortSignal): { promise: Promise<undefined>; cancel: () => void } {
  let cancel = () => {}
  const promise = new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined)
    else cancel = onAbort(signal, () => resolve(undefined))
  })
  return { promise, cancel }
}
