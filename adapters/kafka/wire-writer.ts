/** Texts up to here are written character by character, which calls into the runtime only for others than ASCII. */
const short = 64

/** Writes what Kafka reads (protocol guide, "Protocol Primitive Types"), one value after the other, into room that is there. */
export class WireWriter {
  readonly bytes: Buffer
  at = 0

  constructor(room: number) {
    this.bytes = Buffer.allocUnsafe(room)
  }

  get written(): Buffer {
    return this.bytes.subarray(0, this.at)
  }

  int8(value: number): void {
    this.at = this.bytes.writeInt8(value, this.at)
  }

  int16(value: number): void {
    this.at = this.bytes.writeInt16BE(value, this.at)
  }

  int32(value: number): void {
    this.at = this.bytes.writeInt32BE(value, this.at)
  }

  int64(value: bigint): void {
    this.at = this.bytes.writeBigInt64BE(value, this.at)
  }

  text(text: string): void {
    this.int16(Buffer.byteLength(text))
    this.at += this.bytes.write(text, this.at)
  }

  /** VARINT: a length or a difference of offsets. */
  varint(value: number): void {
    let rest = (value << 1) ^ (value >> 31)
    while ((rest & ~0x7f) !== 0) {
      this.bytes[this.at++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    this.bytes[this.at++] = rest
  }

  /** Bytes behind their length; −1 is the length of `null`. */
  field(value: Buffer | string | null): void {
    if (value === null) this.varint(-1)
    else if (typeof value === 'string') this.#field(value)
    else {
      this.varint(value.length)
      this.at += value.copy(this.bytes, this.at)
    }
  }

  /** Leaves room for the length of what is written next, about `guess` bytes; returns where to {@link close} it. */
  open(guess: number): number {
    this.at += varintLength(guess)
    return this.at
  }

  /** Puts the length before what was written since {@link open}. */
  close(start: number, guess: number): void {
    const length = this.at - start
    const left = varintLength(guess)
    const taken = varintLength(length)
    if (taken !== left) this.bytes.copyWithin(start + taken - left, start, this.at)
    this.at = start - left
    this.varint(length)
    this.at += length
  }

  #field(text: string): void {
    const { bytes } = this
    const start = this.at
    if (text.length < short) {
      // The length of ASCII takes one byte then.
      bytes[start] = text.length << 1
      let i = 0
      for (; i < text.length; i++) {
        const unit = text.charCodeAt(i)
        if (unit >= 0x80) break
        bytes[start + 1 + i] = unit
      }
      if (i === text.length) {
        this.at = start + 1 + i
        return
      }
    }
    this.varint(Buffer.byteLength(text))
    this.at += bytes.write(text, this.at)
  }
}

function varintLength(value: number): number {
  let length = 1
  for (let rest = value >>> 6; rest > 0; rest >>>= 7) length++
  return length
}
