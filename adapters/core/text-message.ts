import { defineGetter } from './define-getter.ts'
import { type Message, toBytes } from './message.ts'

const noHeaders: Message['headers'] = Object.freeze({})

function readBody(this: object): Uint8Array | undefined {
  return TextMessage.bodyOf(this)
}

/**
 * A message without headers whose body came as ASCII text, and becomes bytes when somebody asks for them: an own accessor,
 * so that a copy by spreading has it.
 */
export class TextMessage {
  /** For what `blank` in `Layouts` is for. */
  static readonly kept: TextMessage = new TextMessage('', undefined)

  readonly headers = noHeaders
  readonly key: string | undefined
  readonly #text: string
  #bytes: Uint8Array | undefined
  declare readonly body: Uint8Array

  constructor(text: string, key: string | undefined) {
    this.key = key
    this.#text = text
    defineGetter.call(this, 'body', readBody)
  }

  static bodyOf(message: object): Uint8Array | undefined {
    if (!(#text in message)) return undefined
    message.#bytes ??= toBytes(message.#text)
    return message.#bytes
  }

  /** The body's text, unless that is still to be decoded. */
  static textOf(message: object): string | undefined {
    return #text in message ? message.#text : undefined
  }
}
