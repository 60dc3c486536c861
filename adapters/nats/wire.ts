import type { NatsConnection } from 'nats'

/** Hands commands of the protocol to the client as they are; they leave in the order of all that it is given. */
export interface Wire {
  /** `count` messages, the bytes of all of them together. */
  send(commands: Uint8Array | string, count: number): void
}

/** What a client has inside that takes commands as they are. */
interface Protocol {
  sendCommand(command: Uint8Array | string): void
  outMsgs: number
  outBytes: number
}

/**
 * The way into the client's buffer for what goes out, or `undefined` where the client is built otherwise. Its `publish` makes
 * four pieces of memory for each message; many messages in one piece take a fraction of that.
 */
export function wireOf(native: NatsConnection): Wire | undefined {
  const protocol: unknown = 'protocol' in native ? native.protocol : undefined
  if (!isProtocol(protocol)) return undefined
  return {
    send(commands, count) {
      protocol.sendCommand(commands)
      protocol.outMsgs += count
      protocol.outBytes += commands.length
    },
  }
}

function isProtocol(value: unknown): value is Protocol {
  if (typeof value !== 'object' || value === null) return false
  const isSender = 'sendCommand' in value && typeof value.sendCommand === 'function'
  const counts = 'outMsgs' in value && typeof value.outMsgs === 'number' && 'outBytes' in value
  return isSender && counts && typeof value.outBytes === 'number'
}
