import type { Fields } from './fields.ts'
import type { Wire } from './wire.ts'

const version = 'NATS/1.0'
const crlf = '\r\n'
/** Memory for a hundred messages of 600 bytes. */
const pieceBytes = 65_536

/**
 * Messages as they travel (NATS, "Client Protocol"), one behind the other in one piece of memory, so that many are one
 * command for the client. Texts are written unit by unit: for headers that is faster than to make one text and encode it,
 * and leaves nothing behind for the garbage collector.
 */
export class Frames {
  readonly #wire: Wire
  #memory = Buffer.alloc(0)
  #from = 0
  #at = 0
  #count = 0

  constructor(wire: Wire) {
    this.#wire = wire
  }

  /** Adds a message; `false` where one of its texts is not plain ASCII, and nothing was added. */
  add(subject: string, reply: string, fields: Fields, body: Uint8Array): boolean {
    const head = headBytes(fields)
    const command = commandOf(subject, reply, head, body.length)
    this.#reserve(command.length + crlf.length + head + body.length + crlf.length)
    const start = this.#at
    if (!this.#write(command)) return false
    this.#end()
    if (head > 0 && !this.#writeHead(fields)) {
      this.#at = start
      return false
    }
    this.#finish(body)
    return true
  }

  /** Adds a message with headers that are bytes already, none or with the line of the version. */
  addBlock(subject: string, reply: string, head: Uint8Array, body: Uint8Array): void {
    const command = Buffer.from(commandOf(subject, reply, head.length, body.length) + crlf)
    this.#reserve(command.length + head.length + body.length + crlf.length)
    this.#copy(command)
    this.#copy(head)
    this.#finish(body)
  }

  /** Hands what was added to the client. */
  send(): void {
    if (this.#count === 0) return
    this.#wire.send(this.#memory.subarray(this.#from, this.#at), this.#count)
    this.#from = this.#at
    this.#count = 0
  }

  /** What was handed over is the client's, so memory is not used again. */
  #reserve(bytes: number): void {
    if (this.#memory.length - this.#at >= bytes) return
    this.send()
    this.#memory = Buffer.allocUnsafeSlow(Math.max(pieceBytes, bytes))
    this.#from = 0
    this.#at = 0
  }

  #writeHead({ texts, length }: Fields): boolean {
    this.#write(version)
    this.#end()
    for (let i = 0; i < length; i += 2) {
      if (!this.#write(texts[i] ?? '')) return false
      this.#memory[this.#at++] = 0x3a
      this.#memory[this.#at++] = 0x20
      if (!this.#write(texts[i + 1] ?? '')) return false
      this.#end()
    }
    this.#end()
    return true
  }

  #finish(body: Uint8Array): void {
    this.#copy(body)
    this.#end()
    this.#count++
  }

  #copy(bytes: Uint8Array): void {
    this.#memory.set(bytes, this.#at)
    this.#at += bytes.length
  }

  #end(): void {
    this.#memory[this.#at++] = 0x0d
    this.#memory[this.#at++] = 0x0a
  }

  /** Writes visible ASCII and spaces; stops and returns `false` at anything else. */
  #write(text: string): boolean {
    const memory = this.#memory
    const at = this.#at
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i)
      if (unit < 0x20 || unit > 0x7e) return false
      memory[at + i] = unit
    }
    this.#at = at + text.length
    return true
  }
}

/** The line that announces a message, as it is where all of it is ASCII. */
function commandOf(subject: string, reply: string, head: number, body: number): string {
  const to = reply === '' ? subject : `${subject} ${reply}`
  return head === 0 ? `PUB ${to} ${body}` : `HPUB ${to} ${head} ${head + body}`
}

/** Length of the headers where all of them are ASCII; 0 for none. */
export function headBytes({ texts, length }: Fields): number {
  if (length === 0) return 0
  let bytes = version.length + 2 * crlf.length
  for (let i = 0; i < length; i += 2) bytes += (texts[i] ?? '').length + (texts[i + 1] ?? '').length + 4
  return bytes
}
