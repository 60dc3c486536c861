/** What JetStream tells of a delivery in its reply subject (ADR-15): the consumer, the sequences, the time, how often. */
export interface AckSubject {
  readonly stream: string
  /** How often it was delivered, this time included. */
  readonly deliveries: number
  /** Place in the stream; text, since it may exceed 2^53. */
  readonly sequence: string
  /** When it was stored, in milliseconds since 1970 UTC. */
  readonly time: number
}

/** `$JS.ACK.<stream>.<consumer>.…`, or with domain and account in front of the stream. */
export function parseAck(subject: string): AckSubject | undefined {
  if (!subject.startsWith('$JS.ACK.')) return undefined
  const tokens = subject.split('.')
  const first = tokens.length >= 11 ? 4 : 2
  const [stream, , deliveries, sequence, , nanoseconds] = tokens.slice(first)
  if (stream === undefined || sequence === undefined || nanoseconds === undefined) return undefined
  return { stream, deliveries: Number(deliveries), sequence, time: Number(nanoseconds.slice(0, -6)) }
}

/** The subject that settles another message of the consumer that sent the message with the ack subject `like`. */
export function ackOf(sequence: string, delivered: number, like: string): string {
  const tokens = like.split('.')
  const consumer = tokens.slice(0, tokens.length >= 11 ? 6 : 4).join('.')
  const rest = tokens.length >= 11 ? '.0' : ''
  return `${consumer}.1.${sequence}.${delivered}.0.0${rest}`
}

/** An ack subject of a consumer that has sent nothing yet. */
export function firstAck({ stream, name }: { readonly stream: string; readonly name: string }): string {
  return `$JS.ACK.${stream}.${name}.1.0.0.0.0`
}
