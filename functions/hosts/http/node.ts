import type { IncomingMessage, ServerResponse } from 'node:http'
import { addAbortSignal } from 'node:stream'
import { WaybillError } from '../../../adapters/core/errors.ts'
import type { Message } from '../../../adapters/core/message.ts'
import { messageOfIncoming, type ReadLimits } from '../../../adapters/http/request.ts'
import type { Answer, Call } from './call.ts'

/** A request of `node:http`, or of a framework built on it that has read the body already (`rawBody`). */
export interface NodeRequest extends IncomingMessage {
  readonly rawBody?: Uint8Array | undefined
}

/** The call that a request of Node.js is. */
export function callOf(request: NodeRequest, limits: ReadLimits, signal: AbortSignal): Call {
  const { headers, rawHeaders, rawBody } = request
  const flat: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) flat[name] = typeof value === 'string' ? value : value.join(', ')
  return {
    method: request.method ?? 'GET',
    authorization: headers.authorization ?? null,
    headers: flat,
    async message(): Promise<Message> {
      const body = rawBody ?? (await bodyOf(request, limits.maxBytes ?? Number.POSITIVE_INFINITY, signal))
      return messageOfIncoming({ rawHeaders, body }, limits)
    },
    signal,
  }
}

/** Writes an answer. `close` ends the connection after it, as a server that stops wants. */
export function answerWith(response: ServerResponse, answer: Answer, { close = false } = {}): void {
  const { status, headers, body = '' } = answer
  const length = status === 204 ? {} : { 'content-length': Buffer.byteLength(body) }
  response.writeHead(status, { ...headers, ...length, ...(close ? { connection: 'close' } : {}) })
  response.end(status === 204 || response.req.method === 'HEAD' ? undefined : body)
}

/** Stops reading at the limit, so that nobody can fill the memory, and ends the connection where the signal aborts. */
async function bodyOf(request: IncomingMessage, maxBytes: number, signal: AbortSignal): Promise<Uint8Array> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of addAbortSignal(signal, request)) {
    const bytes: Buffer = part
    size += bytes.length
    if (size > maxBytes)
      throw new WaybillError(
        'ERR_TOO_LARGE',
        `the body has more than ${maxBytes} bytes: send less, or raise "maxBytes"`,
        { adapter: 'http' },
      )
    parts.push(bytes)
  }
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts)
}
