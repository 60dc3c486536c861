import type { MsgHdrs, NatsConnection } from 'nats'
import { type Message, toBytes } from '../core/message.ts'
import { messageId, messageIdHeader } from './dedupe-key.ts'
import { keyHeader, keyToSend } from './key.ts'
import { headersOfMessage } from './message.ts'
import { problem, type Transport } from './problem.ts'

const empty: Uint8Array = new Uint8Array(0)
const illegalName = /[^!-9;-~]/
const illegalValue = /[\r\n]/
/** Names that were looked at; a sender uses few. */
const legalNames = new Set<string>()
const mostNames = 1_000

/** Puts messages on the wire. Throws `ERR_TOO_LARGE`, `ERR_CONFIG` where a header is illegal, and what the client throws. */
export type Put = (subject: string, message: Message, reply?: string) => void

/**
 * Writes the headers itself: the client checks and copies each one several times, which costs more than all the rest of a
 * publish. The client then sends what its header object encodes, so one such object serves for all messages.
 */
export function createPut(native: NatsConnection, headers: MsgHdrs, adapter: Transport): Put {
  let block = empty
  const carrier = Object.assign(headers, { encode: () => block })
  const withHeaders = { reply: '', headers: carrier }
  const bare = { reply: '' }

  return (subject, message, reply = '') => {
    const body = message.body ?? empty
    const text = headerText(message, subject, adapter)
    if (text === '') block = empty
    else block = toBytes(`NATS/1.0\r\n${text}\r\n`)
    const limit = native.info?.max_payload ?? Number.POSITIVE_INFINITY
    const size = block.length + body.length
    if (size > limit) {
      const what = `the message has ${size} bytes with its headers, the server takes ${limit}`
      throw problem(adapter, 'ERR_TOO_LARGE', `${what}: send less data, or raise max_payload`)
    }
    const options = text === '' ? bare : withHeaders
    options.reply = reply
    native.publish(subject, body, options)
  }
}

function headerText(message: Message, subject: string, adapter: Transport): string {
  let text = ''
  if (message.headerValues === undefined) {
    const { headers } = message
    for (const name in headers) {
      const value = headers[name]
      if (value === undefined || name === keyHeader) continue
      text += line(name, name === messageIdHeader ? messageId(subject, value) : value, adapter)
    }
  } else {
    for (const [name, value] of headersOfMessage(message, subject)) {
      if (name !== keyHeader) text += line(name, value, adapter)
    }
  }
  const key = keyToSend(message)
  return key === undefined ? text : `${text}${keyHeader}: ${key}\r\n`
}

function line(name: string, value: string, adapter: Transport): string {
  if (isLegal(name) && !illegalValue.test(value)) return `${name}: ${value}\r\n`
  const what = `header ${JSON.stringify(name)} cannot be sent`
  const advice = 'use a name of visible ASCII, and a value without line breaks'
  throw problem(adapter, 'ERR_CONFIG', `${what}: ${advice}`)
}

function isLegal(name: string): boolean {
  if (legalNames.has(name)) return true
  if (name === '' || illegalName.test(name)) return false
  if (legalNames.size < mostNames) legalNames.add(name)
  return true
}
