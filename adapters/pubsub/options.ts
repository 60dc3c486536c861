import type { PubSub } from '@google-cloud/pubsub'
import type { BindingOptions } from '../core/binding.ts'
import { bindingOptionNames, bindingParameters } from '../core/binding-options.ts'
import type { ParameterType } from '../core/connect.ts'
import { refuseUnknown } from '../core/known.ts'
import { problem } from './problem.ts'

/** What an application may decide about reading and writing Pub/Sub messages. */
export interface PubsubBindingOptions extends BindingOptions {
  /**
   * Also writes the content type to the attribute `Content-Type`, in binary and in structured mode: the Go SDK of
   * CloudEvents reads this spelling only. Default false.
   */
  readonly contentTypeForGo?: boolean | undefined
  /**
   * What a raw message's event has as data. `message`: JSON with the whole message, as Eventarc delivers it. `bare`: the
   * message's data alone, whose media type is that of its attribute `content-type`. Default `message`.
   */
  readonly rawData?: 'message' | 'bare' | undefined
  /** The project of topics that are named without one; the `source` of raw events holds it. */
  readonly project?: string | undefined
}

/** How to reach the service. Credentials come from where Google's libraries look for them, and never from here. */
export interface ConnectionOptions {
  /** Default: that of the credentials, or of the environment (`GOOGLE_CLOUD_PROJECT`). */
  readonly project?: string | undefined
  /**
   * `host:port` of a regional endpoint, or of an emulator, which is spoken to without credentials. Default: `PUBSUB_EMULATOR_HOST`,
   * else Google's.
   */
  readonly endpoint?: string | undefined
  /** An instance of the client's `PubSub` that is there already; it stays open when the broker closes. */
  readonly client?: PubSub | undefined
}

/** How messages are read. All times are milliseconds. */
export interface ReadingOptions {
  /**
   * Ordering keys are lanes: events of a key are handled one after the other, and a failed one is repeated in place.
   * `false`: messages come in no order, and a group's subscription has no ordering. Default true.
   */
  readonly ordered?: boolean | undefined
  /**
   * With `ordered=false`: groups' subscriptions have a dead-letter policy, so that the service counts deliveries, and a
   * failed event goes back to it and comes again, to any member. `false`: a failed event is repeated in place. Default false.
   */
  readonly attempts?: boolean | undefined
  /**
   * Time after which the service delivers to others what a reader that fell silent has not settled; 10 000 to 600 000. It
   * is extended while a message is held. Default 30 000.
   */
  readonly ackDeadlineMs?: number | undefined
  /** Messages of a group that this process holds and has not settled. Default 5 000, with `ordered=false` 1 000. */
  readonly maxOutstanding?: number | undefined
  /** Creates the subscription of a group that is read for the first time; `false`: it must exist. Default true. */
  readonly createSubscriptions?: boolean | undefined
}

/** How `ensure`, or reading for the first time, creates topics and subscriptions. */
export interface CreationOptions {
  /**
   * How long topics keep messages for new groups and for replay, in milliseconds: 600 000 (ten minutes) to 2 678 400 000
   * (31 days), or 0, not at all. Google charges for it. Default 604 800 000 (seven days).
   */
  readonly retentionMs?: number | undefined
  /** Subscriptions keep messages that are acknowledged, for replay where the topic keeps none. Default false. */
  readonly retainAcked?: boolean | undefined
  /** Which messages a subscription gets (https://cloud.google.com/pubsub/docs/subscription-message-filter). Default: all. */
  readonly filter?: string | undefined
  /** Subscriptions with exactly-once delivery: what is held is not redelivered, and acknowledgements are answered. Default false. */
  readonly exactlyOnce?: boolean | undefined
}

/** Settings of Pub/Sub. */
export interface PubsubOptions
  extends ConnectionOptions,
    ReadingOptions,
    CreationOptions,
    PubsubBindingOptions {
  /** Time for the answer to one request, in milliseconds. Default 10 000. */
  readonly requestMs?: number | undefined
}

/** Reading and creating, with nothing left open but what is left to the service. */
export interface Settings {
  readonly ordered: boolean
  readonly attempts: boolean
  readonly ackDeadlineMs: number
  readonly maxOutstanding: number
  readonly createSubscriptions: boolean
  readonly retentionMs: number
  /** `undefined`: whatever a topic has that exists. */
  readonly givenRetentionMs: number | undefined
  readonly retainAcked: boolean | undefined
  readonly filter: string | undefined
  readonly exactlyOnce: boolean | undefined
  readonly requestMs: number
}

/** Options that a URL can hold. */
export const parameters: Readonly<Record<string, ParameterType>> = {
  endpoint: 'string',
  ordered: 'boolean',
  attempts: 'boolean',
  ackDeadlineMs: 'number',
  maxOutstanding: 'number',
  createSubscriptions: 'boolean',
  retentionMs: 'number',
  retainAcked: 'boolean',
  filter: 'string',
  exactlyOnce: 'boolean',
  requestMs: 'number',
  contentTypeForGo: 'boolean',
  rawData: 'string',
  ...bindingParameters,
}

/** Options that are objects and functions. */
export const structures: readonly string[] = ['client', ...bindingOptionNames]

const day = 86_400_000
/** The longest that the service keeps anything (https://cloud.google.com/pubsub/quotas, "Resource limits"). */
export const longestRetentionMs = 31 * day

/** Checks the options and fills in the rest. Throws `ERR_CONFIG` that names the option. */
export function settingsOf(options: PubsubOptions): Settings {
  refuseUnknown(options, ['project', ...Object.keys(parameters), ...structures], 'option', 'pubsub')
  for (const [name, type] of Object.entries(parameters)) {
    if (name in bindingParameters) continue
    const value: unknown = Object.entries(options).find(([given]) => given === name)?.[1]
    if (value !== undefined && typeof value !== type) throw refused(name, advice[type])
  }
  const { ordered = true, attempts = false, createSubscriptions = true, retainAcked, exactlyOnce } = options
  const { project, endpoint, filter, rawData } = options
  const { ackDeadlineMs = 30_000, retentionMs = 7 * day, requestMs = 10_000 } = options
  const { maxOutstanding = ordered ? 5_000 : 1_000 } = options
  if (project !== undefined && !/^[a-z][a-z0-9.:-]{2,62}$/.test(project))
    throw refused('project', 'the id of a project, such as my-project')
  if (endpoint !== undefined && !/^[^\s:/@]+(:\d{1,5})?$/.test(endpoint))
    throw refused('endpoint', 'host:port, without a scheme')
  if (rawData !== undefined && rawData !== 'message' && rawData !== 'bare')
    throw refused('rawData', 'message or bare')
  if (attempts && ordered)
    throw refused('attempts', 'it with ordered=false: in order, failed events are repeated in place')
  if (filter === '') throw refused('filter', 'a filter, or leave it out')
  return {
    ordered,
    attempts,
    createSubscriptions,
    retainAcked,
    exactlyOnce,
    filter,
    ackDeadlineMs: seconds('ackDeadlineMs', ackDeadlineMs, 10_000, 600_000),
    maxOutstanding: whole('maxOutstanding', maxOutstanding, 1, 1_000_000),
    retentionMs: retentionMs === 0 ? 0 : seconds('retentionMs', retentionMs, 600_000, longestRetentionMs),
    givenRetentionMs: options.retentionMs,
    requestMs: whole('requestMs', requestMs, 100, 600_000),
  }
}

const advice = { string: 'a text', number: 'a number', boolean: 'true or false' } as const

function seconds(name: string, ms: number, least: number, most: number): number {
  if (whole(name, ms, least, most) % 1_000 === 0) return ms
  throw refused(name, 'whole seconds, such as 30000')
}

function whole(name: string, value: number, least: number, most: number): number {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value
  throw refused(name, `a whole number from ${least} to ${most}`)
}

function refused(name: string, right: string) {
  return problem('ERR_CONFIG', `option "${name}" is not valid: use ${right}`)
}
