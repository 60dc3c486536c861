import type { SendResult } from '../../adapters/core/driver.ts'
import type { Message } from '../../adapters/core/message.ts'
import { httpBinding } from '../../adapters/http/index.ts'
import { event } from '../core/events.ts'

const binding = httpBinding()

/** A small event as a message. */
export function message(id: string, key?: string): Message {
  return binding.encode(event({ id, data: { id } }), { key })
}

/** A small event as a message that a batch can take. */
export function structured(id: string, key?: string): Message {
  return binding.encode(event({ id, data: { id } }), { key, mode: 'structured' })
}

/** `ok`, or the error's code, whether it may be retried, and after how long. */
export function summary(result: SendResult | undefined): string {
  if (result === undefined) return 'no result'
  if (!('error' in result)) return 'ok'
  const code = String(Reflect.get(Object(result.error), 'code'))
  const wait = result.retryAfterMs === undefined ? '' : ` after ${result.retryAfterMs}`
  return result.retryable ? `${code} retry${wait}` : code
}

export function errorOf(result: SendResult | undefined): string {
  if (result === undefined || !('error' in result)) return ''
  return String(Reflect.get(Object(result.error), 'message'))
}
