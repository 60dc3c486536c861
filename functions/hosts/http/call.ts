import type { Message } from '../../../adapters/core/message.ts'

/** A request, whichever server took it. */
export interface Call {
  readonly method: string
  readonly authorization: string | null
  /** Headers only, for calls whose body does not matter. */
  readonly headers: Message['headers']
  /** Reads the body. Throws `ERR_TOO_LARGE`, `ERR_ABORTED`, `DecodeError`. */
  message(): Promise<Message>
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal
}

/** What to answer. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
}

export function text(status: number, body: string, headers: Answer['headers'] = {}): Answer {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers }, body: `${body}\n` }
}
