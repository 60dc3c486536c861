import type { MsgHdrs, NatsConnection } from 'nats'
import { type Message, toBytes } from '../core/message.ts'
import { type Fields, fillFields } from './fields.ts'
import { Frames, headBytes } from './frames.ts'
import { problem, type Transport } from './problem.ts'
import { wireOf } from './wire.ts'

const empty: Uint8Array = new Uint8Array(0)
const illegalName = /[^!-9;-~]/
const illegalValue = /[\r\n]/
/** Names that were looked at; a sender uses few. */
const legalNames = new Set<string>()
const mostNames = 1_000

/** Puts messages on the wire. */
export interface Outgoing {
  /** Adds a message. Throws `ERR_TOO_LARGE`, `ERR_CONFIG` where a header is illegal, and what the client throws. */
  put(subject: string, message: Message, reply?: string): void
  /** Hands what was put to the client. Call it in the same turn, before anything else is published. */
  send(): void
}

/**
 * Writes the headers itself: the client checks and copies each one several times, which costs more than all the rest of a
 * publish. Where the client lets it, it writes the whole message.
 */
export function createOutgoing(native: NatsConnection, headers: MsgHdrs, adapter: Transport): Outgoing {
  const wire = wireOf(native)
  const frames = wire && new Frames(wire)
  const publish = publisher(native, headers)
  const fields: Fields = { texts: [], length: 0 }

  function checkSize(bytes: number): void {
    const limit = native.info?.max_payload ?? Number.POSITIVE_INFINITY
    if (bytes <= limit) return
    const what = `the message has ${bytes} bytes with its headers, the server takes ${limit}`
    throw problem(adapter, 'ERR_TOO_LARGE', `${what}: send less data, or raise max_payload`)
  }

  function put(subject: string, message: Message, reply = ''): void {
    const body = message.body ?? empty
    fillFields(fields, message, subject)
    for (let i = 0; i < fields.length; i += 2) checkName(fields.texts[i] ?? '', adapter)
    // An ended connection takes nothing: the client says so.
    const isOpen = frames !== undefined && !native.isClosed() && !native.isDraining()
    if (isOpen) {
      checkSize(headBytes(fields) + body.length)
      if (frames.add(subject, reply, fields, body)) return
    }
    const head = fields.length === 0 ? empty : toBytes(`NATS/1.0\r\n${textOf(fields, adapter)}\r\n`)
    checkSize(head.length + body.length)
    if (isOpen) frames.addBlock(subject, reply, head, body)
    else publish(subject, reply, head, body)
  }

  return { put, send: () => frames?.send() }
}

/** Publishes by the client, which sends what its header object encodes: one such object serves for all messages. */
function publisher(native: NatsConnection, headers: MsgHdrs) {
  let head = empty
  const carrier = Object.assign(headers, { encode: () => head })
  return (subject: string, reply: string, given: Uint8Array, body: Uint8Array): void => {
    head = given
    native.publish(subject, body, given.length === 0 ? { reply } : { reply, headers: carrier })
  }
}

function textOf({ texts, length }: Fields, adapter: Transport): string {
  let text = ''
  for (let i = 0; i < length; i += 2) {
    const [name = '', value = ''] = [texts[i], texts[i + 1]]
    if (illegalValue.test(value)) throw illegal(name, adapter)
    text += `${name}: ${value}\r\n`
  }
  return text
}

function checkName(name: string, adapter: Transport): void {
  if (legalNames.has(name)) return
  if (name === '' || illegalName.test(name)) throw illegal(name, adapter)
  if (legalNames.size < mostNames) legalNames.add(name)
}

function illegal(name: string, adapter: Transport): Error {
  const what = `header ${JSON.stringify(name)} cannot be sent`
  const advice = 'use a name of visible ASCII, and a value without line breaks'
  return problem(adapter, 'ERR_CONFIG', `${what}: ${advice}`)
}
