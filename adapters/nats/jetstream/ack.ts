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

/** The part that is the same for all messages of a consumer, and its stream, of the last message: most have the same. */
let last = { prefix: '', stream: '' }

/** `$JS.ACK.<stream>.<consumer>.…`, or with domain and account in front of the stream. */
export function parseAck(subject: string): AckSubject | undefined {
  if (last.prefix === '' || !subject.startsWith(last.prefix)) {
    const known = prefixOf(subject)
    if (known === undefined) return undefined
    last = known
  }
  const { prefix, stream } = last
  const afterDeliveries = subject.indexOf('.', prefix.length)
  const afterSequence = subject.indexOf('.', afterDeliveries + 1)
  const beforeTime = subject.indexOf('.', afterSequence + 1)
  const afterTime = subject.indexOf('.', beforeTime + 1)
  return {
    stream,
    deliveries: Number(subject.slice(prefix.length, afterDeliveries)),
    sequence: subject.slice(afterDeliveries + 1, afterSequence),
    time: Number(subject.slice(beforeTime + 1, afterTime - 6)),
  }
}

function prefixOf(subject: string): { readonly prefix: string; readonly stream: string } | undefined {
  const tokens = subject.split('.')
  const first = tokens.length >= 11 ? 4 : 2
  const stream = tokens[first]
  if (!subject.startsWith('$JS.ACK.') || stream === undefined || tokens.length < 9) return undefined
  return { prefix: `${tokens.slice(0, first + 2).join('.')}.`, stream }
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
