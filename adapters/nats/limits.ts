import type { NatsConnection } from 'nats'
import type { Capabilities } from '../core/driver.ts'

/** Default of the server's `max_payload`, headers included (docs.nats.io, "Server configuration"). */
const usualPayload = 1_048_576
/** For the version line, separators, the encoding of the key and the deduplication key, which the portable size does not count. */
const framing = 16_384

/** Limits of what one `send` takes, from what the server told when the connection was made. */
export function limitsOf({ info }: NatsConnection): Pick<Capabilities, 'maxBatch' | 'maxMessageBytes'> {
  const payload = info?.max_payload ?? usualPayload
  const maxMessageBytes = Math.max(1, payload > 4 * framing ? payload - framing : Math.floor(payload / 2))
  return { maxBatch: { records: 1_000, bytes: Math.max(16 * 1_048_576, maxMessageBytes) }, maxMessageBytes }
}
