import type { Source, StartPosition } from '../../core/driver.ts'
import type { WaybillError } from '../../core/errors.ts'
import { isRecord } from '../../core/is-record.ts'
import { problem } from '../problem.ts'
import {
  type Answer,
  type Api,
  consumerExists,
  consumerNotFound,
  isCode,
  mustReadAll,
  secondConsumer,
} from './api.ts'
import { consumerName } from './names.ts'
import type { ReadingOptions } from './options.ts'
import { refuseForgetful } from './stream.ts'

/** The name by which members of a group compete for being the one that reads. */
export const priorityGroup = 'waybill'

/** A durable consumer on the server. */
export interface Consumer {
  readonly stream: string
  readonly name: string
  /** When it was created: another moment is another consumer. */
  readonly created: string
  readonly ackWaitMs: number
  readonly maxAckPending: number
}

/** How far a consumer is. */
export interface Progress extends Consumer {
  /** Everything up to this stream sequence is settled. */
  readonly floor: number
  /** Nothing after this stream sequence was delivered yet. */
  readonly delivered: number
  /** The same as a number of deliveries. */
  readonly deliveries: number
  /** Delivered and not settled. */
  readonly pending: number
  /** Which client reads, where one does at a time. */
  readonly pin: string | undefined
  /** How long it has read, in milliseconds. */
  readonly pinnedMs: number
}

/** What a group needs of its consumer. `max_deliver` is without end: the runner decides, and nothing is lost in silence. */
function configOf({ topic, group }: Source, options: ReadingOptions): Answer {
  const { ordered = true, ackWaitMs = 30_000, maxAckPending = 5_000 } = options
  const name = consumerName(group, topic)
  return {
    name,
    durable_name: name,
    filter_subject: topic,
    ack_policy: 'explicit',
    ack_wait: ackWaitMs * 1e6,
    max_deliver: -1,
    max_ack_pending: maxAckPending,
    replay_policy: 'instant',
    ...(ordered && {
      priority_groups: [priorityGroup],
      priority_policy: 'pinned_client',
      priority_timeout: ackWaitMs * 1e6,
    }),
  }
}

function startOf(start: StartPosition, stream: string): Answer {
  if (start === 'earliest') return { deliver_policy: 'all' }
  if (start === 'latest') return { deliver_policy: 'new' }
  if ('time' in start) {
    return { deliver_policy: 'by_start_time', opt_start_time: new Date(start.time).toISOString() }
  }
  const [, of, sequence] = /^(.+):(\d{1,20})$/.exec(start.position) ?? []
  if (of === stream && sequence !== undefined) {
    return { deliver_policy: 'by_start_sequence', opt_start_seq: sequence.replace(/^0+(?=\d)/, '') }
  }
  const text = `"${start.position}" is no position of stream ${stream}: use one that a delivery had, such as ${stream}:42`
  throw problem('jetstream', 'ERR_CONFIG', text)
}

/** Throws `ApiError` where there is none. */
export async function progressOf(api: Api, stream: string, name: string): Promise<Progress> {
  return progress(await api.ask(`CONSUMER.INFO.${stream}.${name}`))
}

/** The group's consumer, created where it does not exist. Throws `ERR_CONFIG` where it is configured otherwise. */
export async function ensureConsumer(
  api: Api,
  stream: string,
  source: Source,
  options: ReadingOptions,
): Promise<Consumer> {
  const config = configOf(source, options)
  const name = String(config.name)
  const known = await found(api, stream, name)
  if (known !== undefined) return matching(known, config, options)
  if (options.createConsumers === false) throw missing(stream, name, source)
  try {
    const start = startOf(source.start ?? 'earliest', stream)
    return progress(await create(api, stream, { ...config, ...start }))
  } catch (error) {
    const other = isCode(error, consumerExists) ? await found(api, stream, name) : undefined
    if (other === undefined) throw queueRefusal(error, stream, source) ?? error
    return matching(other, config, options)
  }
}

/**
 * Puts the consumer of a group at another place, by creating it anew; it keeps its settings. Throws `ERR_CONFIG` where the
 * stream keeps nothing that is settled.
 */
export async function moveConsumer(
  api: Api,
  stream: string,
  source: Source,
  to: StartPosition,
  options: ReadingOptions,
): Promise<void> {
  const start = startOf(to, stream)
  await refuseForgetful(api, stream, to)
  const wanted = configOf(source, options)
  const name = String(wanted.name)
  const known = await found(api, stream, name)
  if (known === undefined && options.createConsumers === false) throw missing(stream, name, source)
  const config = { ...(settings(known) ?? wanted), ...start }
  for (let attempts = 1; ; attempts++) {
    await remove(api, stream, name)
    try {
      await create(api, stream, config)
      return
    } catch (error) {
      // A member that begins to read at this moment was faster.
      if (isCode(error, consumerExists) && attempts < mostMoves) continue
      const text = `group "${source.group}" has lost its place in stream ${stream}: replay again`
      throw problem('jetstream', 'ERR_CLOSED', text, error)
    }
  }
}

const mostMoves = 5

async function remove(api: Api, stream: string, name: string): Promise<void> {
  try {
    await api.ask(`CONSUMER.DELETE.${stream}.${name}`)
  } catch (error) {
    if (!isCode(error, consumerNotFound)) throw error
  }
}

function missing(stream: string, name: string, { group }: Source): WaybillError {
  const text = `stream ${stream} has no consumer "${name}" for group "${group}": create it, or allow createConsumers`
  return problem('jetstream', 'ERR_NOT_FOUND', text)
}

/** Why a stream whose retention is `workqueue` has no consumer for this group (docs.nats.io, "Streams", "RetentionPolicy"). */
function queueRefusal(error: unknown, stream: string, { topic, group }: Source): WaybillError | undefined {
  const queue = `its stream "${stream}" has retention "workqueue"`
  if (isCode(error, ...secondConsumer)) {
    const what = `group "${group}" cannot read "${topic}": ${queue}, where one group reads a topic, and another does already`
    const advice = 'read as that group, or use a stream with retention "interest" or "limits"'
    return problem('jetstream', 'ERR_CONFIG', `${what}: ${advice}`, error)
  }
  if (isCode(error, mustReadAll)) {
    const what = `group "${group}" cannot begin there: ${queue}, of which all is read`
    const advice = 'leave "start" out, or use a stream with retention "limits"'
    return problem('jetstream', 'ERR_CONFIG', `${what}: ${advice}`, error)
  }
  return undefined
}

async function found(api: Api, stream: string, name: string): Promise<Answer | undefined> {
  try {
    return await api.ask(`CONSUMER.INFO.${stream}.${name}`)
  } catch (error) {
    if (isCode(error, consumerNotFound)) return undefined
    throw error
  }
}

function create(api: Api, stream: string, config: Answer): Promise<Answer> {
  const path = `CONSUMER.CREATE.${stream}.${String(config.name)}.${String(config.filter_subject)}`
  return api.ask(path, { stream_name: stream, action: 'create', config })
}

/** What was not given is taken as the server has it; the rest must be the same, or the promises of the driver are void. */
function matching(answer: Answer, wanted: Answer, { ackWaitMs, maxAckPending }: ReadingOptions): Consumer {
  const has = settings(answer) ?? {}
  const free: Record<string, boolean> = {
    name: true,
    ack_wait: ackWaitMs === undefined,
    priority_timeout: true,
    max_ack_pending: maxAckPending === undefined,
  }
  for (const field of [...Object.keys(wanted), 'priority_policy', 'priority_groups', 'deliver_subject']) {
    const [there, here] = [JSON.stringify(usual(has[field])), JSON.stringify(usual(wanted[field]))]
    if (there === here || free[field]) continue
    const what = `consumer "${String(wanted.name)}" has ${field} ${there ?? 'unset'}, this group needs ${here ?? 'unset'}`
    throw problem('jetstream', 'ERR_CONFIG', `${what}: change the option or the consumer`)
  }
  return progress(answer)
}

/** The server leaves out what is empty, and calls the absence of a policy `none`. */
function usual(value: unknown): unknown {
  return value === '' || value === 'none' || value === null ? undefined : value
}

/** Its configuration, but for where it began and what the server noted. */
function settings({ config }: Answer = {}): Answer | undefined {
  if (!isRecord(config)) return undefined
  const { deliver_policy: _, opt_start_seq: _seq, opt_start_time: _time, metadata: _meta, ...kept } = config
  return kept
}

function progress(answer: Answer): Progress {
  const config = settings(answer) ?? {}
  const [floor, delivered] = [answer.ack_floor, answer.delivered]
  const [group] = Array.isArray(answer.priority_groups) ? answer.priority_groups : []
  const pin: unknown = isRecord(group) ? group.pinned_client_id : undefined
  return {
    stream: String(answer.stream_name),
    name: String(answer.name),
    created: String(answer.created),
    ackWaitMs: Number(config.ack_wait) / 1e6,
    maxAckPending: Number(config.max_ack_pending) > 0 ? Number(config.max_ack_pending) : 10_000,
    floor: isRecord(floor) ? Number(floor.stream_seq) : 0,
    delivered: isRecord(delivered) ? Number(delivered.stream_seq) : 0,
    deliveries: isRecord(delivered) ? Number(delivered.consumer_seq) : 0,
    pending: Number(answer.num_ack_pending),
    pin: typeof pin === 'string' && pin !== '' ? pin : undefined,
    pinnedMs: isRecord(group) ? Date.parse(String(answer.ts)) - Date.parse(String(group.pinned_ts)) : 0,
  }
}
