import { isRecord } from '../../adapters/core/is-record.ts'
import { WaybillError } from '../../adapters/index.ts'
import type { HostedFunction } from '../../functions/hosts/hosted.ts'
import { httpFunction } from '../../functions/hosts/http.ts'
import { type LambdaKafkaEvent, lambdaKafka } from '../../functions/hosts/lambda-kafka.ts'
import { type LambdaKinesisEvent, lambdaKinesis } from '../../functions/hosts/lambda-kinesis.ts'
import type { Hosts } from '../config/index.ts'
import { requestOf } from './event.ts'

export interface Call {
  readonly function: HostedFunction
  /** Settings of the function, by host. */
  readonly hosts: Hosts
  /** How the source's messages are read. */
  readonly binding: Readonly<Record<string, unknown>>
  /** What the platform calls the topic, where the event does not say it. */
  readonly topic: string
  readonly event: unknown
  /** Time that the platform gives the call, in milliseconds. */
  readonly timeMs: number
}

/** What the platform would get back. */
export interface Reply {
  readonly reply: unknown
  /** False where the platform would deliver something again. */
  readonly isSettled: boolean
}

/** Hosts that a platform calls, each run in this process. */
export const invocations = {
  async 'lambda-kinesis'({ function: fn, hosts, binding, event, timeMs }: Call): Promise<Reply> {
    const called = lambdaKinesis({ ...fn, binding, ...hosts['lambda-kinesis'] })
    return settled(called(captured(event, isOf<LambdaKinesisEvent>), remaining(timeMs)))
  },
  async 'lambda-kafka'({ function: fn, hosts, binding, event, timeMs }: Call): Promise<Reply> {
    const called = lambdaKafka({ ...fn, binding, ...hosts['lambda-kafka'] })
    return settled(called(captured(event, isOf<LambdaKafkaEvent>), remaining(timeMs)))
  },
  async http({ function: fn, hosts, binding, topic, event }: Call): Promise<Reply> {
    // Those are about the server, which there is none of here.
    const { requestTimeoutMs: _, drainMs: __, ...settings } = hosts.http ?? {}
    const called = httpFunction({ ...fn, topic, binding, ...settings, authentication: 'platform' })
    const response = await called(requestOf(event))
    const { status } = response
    const body = (await response.text()).trimEnd()
    return { reply: { status, ...(body === '' ? {} : { body }) }, isSettled: status === 204 }
  },
} as const

export const invocableHosts = [
  'lambda-kinesis',
  'lambda-kafka',
  'http',
] as const satisfies readonly (keyof typeof invocations)[]
export type InvocableHost = (typeof invocableHosts)[number]

function captured<Event>(event: unknown, is: (event: unknown) => event is Event): Event {
  if (is(event)) return event
  throw new WaybillError('ERR_INPUT', 'the event is no JSON object: give what Lambda gave the function')
}

/** The host looks at the rest. */
function isOf<Event>(event: unknown): event is Event {
  return isRecord(event)
}

/** What a host refuses once it is made is the event, not the configuration. */
async function settled(called: Promise<{ readonly batchItemFailures: readonly unknown[] }>): Promise<Reply> {
  const reply = await called.catch((cause: unknown) => {
    if (!(cause instanceof WaybillError) || cause.code !== 'ERR_CONFIG') throw cause
    throw new WaybillError('ERR_INPUT', cause.detail, { adapter: cause.adapter, cause })
  })
  return { reply, isSettled: reply.batchItemFailures.length === 0 }
}

function remaining(timeMs: number) {
  const end = performance.now() + timeMs
  return { getRemainingTimeInMillis: () => end - performance.now() }
}
