import { headers, type MsgHdrs, type NatsConnection, type PublishOptions } from 'nats'

/** A client that writes down what it would send. */
export interface WrittenClient {
  readonly native: NatsConnection
  readonly headers: MsgHdrs
  /** All commands, as the server would read them. */
  text(): string
  /** Calls of the client's own `publish`. */
  readonly published: string[]
  /** Pieces that it was handed as they are. */
  readonly pieces: string[]
  isClosed: boolean
}

/** `layout: 'other'`: the client has nothing inside that takes commands as they are. */
export function writtenClient(layout: 'known' | 'other' = 'known', maxPayload = 1_048_576): WrittenClient {
  const written: Buffer[] = []
  const pieces: string[] = []
  const published: string[] = []
  const client = { isClosed: false }
  const note = (bytes: Uint8Array) => written.push(Buffer.from(bytes))

  function publish(subject: string, data: Uint8Array | string = '', options: PublishOptions = {}): void {
    if (client.isClosed) throw new Error('CONNECTION_CLOSED')
    published.push(subject)
    const to = options.reply ? `${subject} ${options.reply}` : subject
    const body = Buffer.from(data)
    const carrier: unknown = options.headers
    const hasHeaders = typeof carrier === 'object' && carrier !== null && 'encode' in carrier
    const head: unknown = hasHeaders && typeof carrier.encode === 'function' ? carrier.encode() : undefined
    if (head instanceof Uint8Array) {
      note(Buffer.from(`HPUB ${to} ${head.length} ${head.length + body.length}\r\n`))
      note(head)
    } else note(Buffer.from(`PUB ${to} ${body.length}\r\n`))
    note(body)
    note(Buffer.from('\r\n'))
  }

  const protocol = {
    outMsgs: 0,
    outBytes: 0,
    sendCommand(command: Uint8Array | string) {
      const bytes = Buffer.from(command)
      pieces.push(bytes.toString('latin1'))
      note(bytes)
    },
  }
  const native = {
    info: { max_payload: maxPayload },
    isClosed: () => client.isClosed,
    isDraining: () => false,
    publish,
    ...(layout === 'known' && { protocol }),
  }
  return Object.assign(client, {
    native: native as unknown as NatsConnection,
    headers: headers(),
    text: () => Buffer.concat(written).toString('latin1'),
    published,
    pieces,
  })
}
