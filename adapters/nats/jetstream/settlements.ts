import type { NatsConnection } from 'nats'
import { wireOf } from '../wire.ts'

/** What the server is told of messages it has delivered. */
export interface Settlements {
  /** An empty text acknowledges. */
  tell(subject: string, text: string): void
  /** Sends what was told. */
  send(): void
}

const empty = new Uint8Array(0)
/** So many that a write costs little for each, and so few that the server goes on while the rest is handled. */
const mostAtOnce = 100

/**
 * What is told in one turn of the event loop leaves in one write: a write for each would cost most of the time. Plenty leaves
 * before the turn is over, which may read all that the server may deliver: the two would work by turns.
 */
export function createSettlements(native: NatsConnection, fail: (error: unknown) => void): Settlements {
  const wire = wireOf(native)
  let commands = ''
  let count = 0
  let isScheduled = false

  function tell(subject: string, text: string): void {
    // An ended connection takes nothing: the client says so.
    if (wire === undefined || native.isClosed() || native.isDraining()) publish(subject, text)
    else {
      commands += `PUB ${subject} ${text.length}\r\n${text}\r\n`
      count++
    }
    if (count >= mostAtOnce) send()
    else if (!isScheduled) {
      isScheduled = true
      setImmediate(() => {
        isScheduled = false
        send()
      })
    }
  }

  function send(): void {
    if (count === 0) return
    wire?.send(commands, count)
    commands = ''
    count = 0
  }

  function publish(subject: string, text: string): void {
    try {
      native.publish(subject, text === '' ? empty : text)
    } catch (error) {
      fail(error)
    }
  }

  return { tell, send }
}
