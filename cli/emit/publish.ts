import { type Broker, decodeJson, type PublishOptions } from '../../adapters/index.ts'
import type { Line } from './lines.ts'

/** Lines that may be on their way to the broker at once. */
const window = 1_000

/** Where events go. */
export interface EmitTarget {
  readonly broker: Broker
  readonly topic: string
  readonly options: PublishOptions
}

export interface Emitted {
  readonly accepted: number
  readonly refused: number
  /** Why the lines could not be read to their end; absent where they were. */
  readonly failure?: unknown
}

/**
 * Publishes each line, an event in the CloudEvents JSON format, in order and with backpressure. A line that is refused
 * is told to `onRefused` and does not stop the others; blank lines are skipped. Resolves when every line that could be
 * read was accepted or refused.
 */
export async function publishLines(
  lines: AsyncIterable<Line>,
  { broker, topic, options }: EmitTarget,
  onRefused: (line: number, error: unknown) => void,
): Promise<Emitted> {
  const pending: Promise<void>[] = []
  let accepted = 0
  let refused = 0

  async function publish({ number, bytes }: Line): Promise<void> {
    try {
      await broker.publish(topic, decodeJson(bytes), options)
      accepted++
    } catch (error) {
      refused++
      onRefused(number, error)
    }
  }

  async function publishAll(): Promise<void> {
    for await (const line of lines) {
      if (isBlank(line.bytes)) continue
      pending.push(publish(line))
      if (pending.length >= window) await pending.shift()
    }
  }

  const ending = await publishAll().then(
    () => ({}),
    (failure: unknown) => ({ failure }),
  )
  await Promise.all(pending)
  return { accepted, refused, ...ending }
}

function isBlank(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d)
}
