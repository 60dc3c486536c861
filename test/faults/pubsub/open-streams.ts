import { endStream, type Frame, FrameReader, frameOf, kinds, prefaceBytes } from './frames.ts'

/** Follows what a client sends, to tell which streams it has not ended yet. */
export class OpenStreams {
  readonly #open = new Set<number>()
  readonly #frames = new FrameReader(prefaceBytes, (frame) => this.#see(frame))

  /** Returns what may be passed on: whole frames. */
  follow(chunk: Buffer): Buffer {
    return this.#frames.follow(chunk)
  }

  /** Frames that end what is open: DATA without data. */
  ends(): Buffer {
    return Buffer.concat([...this.#open].map((stream) => frameOf(kinds.data, endStream, stream)))
  }

  #see({ kind, flags, stream }: Frame): void {
    if (kind === kinds.headers) this.#open.add(stream)
    const mayEnd = kind === kinds.headers || kind === kinds.data
    if (kind === kinds.reset || (mayEnd && (flags & endStream) !== 0)) this.#open.delete(stream)
  }
}
