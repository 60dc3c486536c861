import { isRecord } from '../../adapters/core/is-record.ts'
import { WaybillError } from '../../adapters/index.ts'
import type { HostedFunction } from '../../functions/hosts/hosted.ts'
import { httpFunction } from '../../functions/hosts/http.ts'
import { type LambdaKafkaEvent, lambdaKafka } from '../../functions/hosts/lambda-kafka.ts'
import { type LambdaKinesisEvent, lambdaKinesis } from '../../functions/hosts/lambda-kinesis.ts'
import { requestOf } from './event.ts'

export interface Call {
  readonly function: HostedFunction
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
  async 'lambda-kinesis'({ function: fn, binding, event, timeMs }: Call): Promise<Reply> {
    return settled(
      await lambdaKinesis({ ...fn, binding })(captured(event, isOf<LambdaKinesisEvent>), remaining(timeMs)),
    )
  },
  async 'lambda-kafka'({ function: fn, binding, event, timeMs }: Call): Promise<Reply> {
    return settled(
      await lambdaKafka({ ...fn, binding })(captured(event, isOf<LambdaKafkaEvent>), remaining(timeMs)),
    )
  },
  async http({ function: fn, binding, topic, event }: Call): Promise<Reply> {
    const response = await httpFunction({ ...fn, topic, binding, authentication: 'platform' })(
      requestOf(event),
    )
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

function settled(reply: { readonly batchItemFailures: readonly unknown[] }): Reply {
  return { reply, isSettled: reply.batchItemFailures.length === 0 }
}

function remaining(timeMs: number) {
  const end = performance.now() + timeMs
  return { getRemainingTimeInMillis: () => end - performance.now() }
}
