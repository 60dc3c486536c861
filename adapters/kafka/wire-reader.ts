/** Reads what Kafka writes (protocol guide, "Protocol Primitive Types"), one value after the other. */
export class WireReader {
  readonly bytes: Buffer
  at: number

  constructor(bytes: Buffer, at: number) {
    this.bytes = bytes
    this.at = at
  }

  int8(): number {
    this.at += 1
    return this.bytes.readInt8(this.at - 1)
  }

  int16(): number {
    this.at += 2
    return this.bytes.readInt16BE(this.at - 2)
  }

  int32(): number {
    this.at += 4
    return this.bytes.readInt32BE(this.at - 4)
  }

  int64(): bigint {
    this.at += 8
    return this.bytes.readBigInt64BE(this.at - 8)
  }

  text(): string {
    const length = this.int16()
    this.at += length
    return this.bytes.toString('utf8', this.at - length, this.at)
  }

  /** VARINT: a length or a difference of offsets. */
  varint(): number {
    const { bytes } = this
    let byte = bytes[this.at++] ?? 0
    // Lengths of names and of most values.
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1)
    let value = byte & 0x7f
    for (let shift = 7; byte >= 0x80 && shift < 35; shift += 7) {
      byte = bytes[this.at++] ?? 0
      value |= (byte & 0x7f) << shift
    }
    return (value >>> 1) ^ -(value & 1)
  }

  /** VARLONG, exact up to 2^53: a difference of times in milliseconds. */
  varlong(): number {
    let value = 0
    let factor = 1
    let byte = 0x80
    for (let i = 0; byte >= 0x80 && i < 10; i++) {
      byte = this.bytes[this.at++] ?? 0
      value += (byte & 0x7f) * factor
      factor *= 0x80
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }
}
