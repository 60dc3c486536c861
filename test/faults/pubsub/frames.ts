/** A frame of HTTP/2 (RFC 9113, section 4.1), whose payload stays behind its header in `bytes`. */
export interface Frame {
  readonly kind: number
  readonly flags: number
  readonly stream: number
  readonly bytes: Buffer
}

export const kinds = { data: 0, headers: 1, reset: 3, ping: 6 } as const
/** END_STREAM of data and headers, ACK of a ping. */
export const endStream = 1
export const acknowledged = 1
/** What a client says before its first frame: `PRI * HTTP/2.0…` (section 3.4). */
export const prefaceBytes = 24

const headerBytes = 9

/** A frame to send. */
export function frameOf(kind: number, flags: number, stream: number, payload = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(headerBytes)
  header.writeUIntBE(payload.length, 0, 3)
  header[3] = kind
  header[4] = flags
  header.writeUInt32BE(stream, 5)
  return Buffer.concat([header, payload])
}

/** Finds the frames of one direction in pieces of any size. */
export class FrameReader {
  readonly #seen: (frame: Frame) => void
  #rest: Buffer = Buffer.alloc(0)
  #preface: number

  constructor(preface: number, seen: (frame: Frame) => void) {
    this.#preface = preface
    this.#seen = seen
  }

  /** Returns the bytes up to the end of the last frame that is whole; what comes after it is kept for the next call. */
  follow(chunk: Buffer): Buffer {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    let at = Math.min(this.#preface, bytes.length)
    this.#preface -= at
    while (this.#preface === 0 && bytes.length - at >= headerBytes) {
      const end = at + headerBytes + bytes.readUIntBE(at, 3)
      if (end > bytes.length) break
      const stream = bytes.readUInt32BE(at + 5) & 0x7fffffff
      this.#seen({
        kind: bytes[at + 3] ?? 0,
        flags: bytes[at + 4] ?? 0,
        stream,
        bytes: bytes.subarray(at, end),
      })
      at = end
    }
    this.#rest = bytes.subarray(at)
    return bytes.subarray(0, at)
  }
}
