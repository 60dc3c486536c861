import { type CloudEvent, createEvent, type NewEvent } from '../../adapters/core/event.ts'

/** The smallest event there is, with what a test cares about. */
export function event(changes: Partial<NewEvent> = {}): CloudEvent {
  return createEvent({ type: 'com.example.placed', source: '/orders', ...changes })
}

/** A JSON event as it arrives: `members` is the text of further members. */
export function envelope(members = ''): string {
  return `{"specversion":"1.0","id":"1","source":"/orders","type":"placed"${members === '' ? '' : `,${members}`}}`
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

export function textOf(bytes: Uint8Array | null | undefined): string {
  return bytes === null || bytes === undefined ? '' : new TextDecoder().decode(bytes)
}

/** What a call throws. Fails when it throws nothing. */
export function thrownBy(call: () => unknown): unknown {
  try {
    call()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

/** What a promise rejects with. Fails when it resolves. */
export async function rejectionOf(promise: PromiseLike<unknown>): Promise<unknown> {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error('nothing was rejected')
}
