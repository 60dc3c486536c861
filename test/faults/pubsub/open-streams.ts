/** Frames of HTTP/2 (RFC 9113, section 4.1), as far as they tell which streams a client has not ended yet. */

const kinds = { data: 0, headers: 1, reset: 3 } as const
const endStream = 1
const headerBytes = 9
/** What a client says before its first frame: `PRI * HTTP/2.0…` (section 3.4). */
const prefaceBytes = 24

/** Follows what a client sends. */
export class OpenStreams {
  readonly #open = new Set<number>()
  #rest: Buffer = Buffer.alloc(0)
  #preface = prefaceBytes

  /** Returns the bytes up to the end of the last frame that is whole; what comes after it is kept for the next call. */
  follow(chunk: Buffer): Buffer {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    let at = Math.min(this.#preface, bytes.length)
    this.#preface -= at
    while (this.#preface === 0 && bytes.length - at >= headerBytes) {
      const end = at + headerBytes + bytes.readUIntBE(at, 3)
      if (end > bytes.length) break
      this.#see(bytes.readUInt32BE(at + 5) & 0x7fffffff, bytes[at + 3] ?? 0, bytes[at + 4] ?? 0)
      at = end
    }
    this.#rest = bytes.subarray(at)
    return bytes.subarray(0, at)
  }

  /** Frames that end what is open: DATA without data. */
  ends(): Buffer {
    const frames = [...this.#open].map((stream) => {
      const frame = Buffer.alloc(headerBytes)
      frame[4] = endStream
      frame.writeUInt32BE(stream, 5)
      return frame
    })
    return Buffer.concat(frames)
  }

  #see(stream: number, kind: number, flags: number): void {
    if (kind === kinds.headers) this.#open.add(stream)
    const mayEnd = kind === kinds.headers || kind === kinds.data
    if (kind === kinds.reset || (mayEnd && (flags & endStream) !== 0)) this.#open.delete(stream)
  }
}
