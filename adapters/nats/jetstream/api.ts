import type { Msg } from 'nats'
import { codeOf } from '../../core/errors.ts'
import { isRecord } from '../../core/is-record.ts'
import type { Connection } from '../connection.ts'
import { problem } from '../problem.ts'
import { isNobody, type Replies, type Silence } from '../replies.ts'

/** The server refused a request. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** As in HTTP. */
  readonly status: number
  /** NATS's own number for the reason. */
  readonly number: number

  constructor(status: number, number: number, description: string) {
    super(`${description} (${number})`)
    this.status = status
    this.number = number
  }
}

export function isCode(error: unknown, ...numbers: readonly number[]): boolean {
  return error instanceof ApiError && numbers.includes(error.number)
}

/** No answer for now: no leader, a server that starts or that is not reached. */
export function isPassing(error: unknown): boolean {
  return error instanceof ApiError ? error.status >= 500 : silences.includes(codeOf(error) ?? '')
}

const silences = ['ERR_TIMEOUT', 'ERR_UNSUPPORTED']

export const streamNotFound = 10059
/** With other settings or subjects. */
export const streamExists = 10058
/** More replicas than one on a server that is no cluster, and than a cluster has servers for. */
export const noCluster = 10074
export const noPeers = 10005
/** On a stream that is a work queue: a second consumer, of the whole stream or of a subject; and one with a start. */
export const secondConsumer: readonly number[] = [10099, 10100]
export const mustReadAll = 10101
export const consumerNotFound = 10014
/** Another member created it a moment ago, with another start. */
export const consumerExists = 10148

export type Answer = Readonly<Record<string, unknown>>

/** JetStream's own API: requests with JSON (docs.nats.io, "JetStream wire API Reference"). */
export interface Api {
  /** The subject's first tokens, `$JS.API` or those of a domain. */
  readonly prefix: string
  /** Throws `ApiError` where the server refuses, `ERR_TIMEOUT`, `ERR_UNSUPPORTED` where nobody answers. */
  ask(path: string, body?: object): Promise<Answer>
  /** Publishes with a reply subject and resolves with the answer. */
  exchange(subject: string, text: string): Promise<Msg>
}

const answerMs = 5_000

export function createApi(connection: Connection, replies: Replies, domain: string | undefined): Api {
  const { native } = connection
  const prefix = domain === undefined ? '$JS.API' : `$JS.${domain}.API`

  function exchange(subject: string, text: string): Promise<Msg> {
    return new Promise((resolve, reject) => {
      const fail = (why: Silence) => {
        const what = why === 'timeout' ? `no answer in ${answerMs} ms` : 'the connection was lost'
        reject(problem('jetstream', 'ERR_TIMEOUT', `${what}: check that the server runs`))
      }
      const reply = replies.expect(answerMs, { answer: resolve, fail })
      try {
        native.publish(subject, text, { reply })
      } catch (error) {
        replies.forget(reply)
        reject(error)
      }
    })
  }

  async function ask(path: string, body?: object): Promise<Answer> {
    await connection.up(answerMs, [])
    const answer = await exchange(`${prefix}.${path}`, body === undefined ? '' : textOf(body))
    if (isNobody(answer)) {
      const text =
        'JetStream does not answer: enable it on the server and for the account, or check the domain'
      throw problem('jetstream', 'ERR_UNSUPPORTED', text)
    }
    const value: unknown = JSON.parse(answer.string())
    if (!isRecord(value)) throw problem('jetstream', 'ERR_UNSUPPORTED', `the answer to ${path} is no object`)
    if (isRecord(value.error)) {
      const { code, err_code: number, description } = value.error
      throw new ApiError(Number(code), Number(number), String(description))
    }
    return value
  }

  return { prefix, ask, exchange }
}

/** JSON whose sequence is a number of any size: JavaScript's numbers end at 2^53. */
function textOf(body: object): string {
  return JSON.stringify(body).replace(/"opt_start_seq":"(\d+)"/, '"opt_start_seq":$1')
}
