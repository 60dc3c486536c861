import { DecodeError, messageOf, WaybillError } from '../core/errors.ts'
import { isBytes } from '../core/message.ts'
import { onAbort } from '../core/on-abort.ts'
import { problem } from './problem.ts'

export interface BodyOptions {
  /** Bytes that are read at most, whatever the headers say. */
  readonly maxBytes: number
  /** Ends reading, so that a sender that stalls does not keep the caller waiting. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Reads a body to its end. Throws `ERR_TOO_LARGE` as soon as it has more than `maxBytes`, `ERR_ABORTED` where the signal
 * aborts, and `DecodeError` where it breaks off; the rest is never waited for.
 */
export async function readBody(
  stream: ReadableStream<Uint8Array>,
  { maxBytes, signal }: BodyOptions,
): Promise<Uint8Array> {
  const reader = stream.getReader()
  const stop = () => void reader.cancel().catch(() => {})
  const forget = signal && onAbort(signal, stop)
  const parts: Uint8Array[] = []
  let size = 0
  try {
    for (;;) {
      if (signal?.aborted)
        throw problem('ERR_ABORTED', 'reading the body was ended by its signal', signal.reason)
      const { done, value } = await reader.read()
      // A canceled stream ends like a whole one.
      if (signal?.aborted) continue
      if (done) return joined(parts, size)
      if (!isBytes(value)) throw new TypeError('the stream gave a part that is no Uint8Array')
      size += value.length
      if (size > maxBytes) throw tooLarge(maxBytes)
      parts.push(value)
    }
  } catch (cause) {
    stop()
    if (cause instanceof WaybillError) throw cause
    const message = `the body broke off after ${size} bytes (${messageOf(cause)}): send it again`
    throw new DecodeError(message, { adapter: 'http', cause })
  } finally {
    forget?.()
  }
}

export function tooLarge(maxBytes: number): WaybillError {
  return problem('ERR_TOO_LARGE', `the body has more than ${maxBytes} bytes: send less, or raise "maxBytes"`)
}

function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  const [first] = parts
  if (first !== undefined && parts.length === 1) return first
  const all = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
