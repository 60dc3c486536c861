import { type ChildProcess, spawn } from 'node:child_process'
import { natsBinding } from '../../adapters/nats/index.ts'
import { sampleEvents } from '../events.ts'

/** A process of its own, which costs the reader nothing: it writes blocks of messages as they are to the server. */
const program = `
  import { connect } from 'node:net'
  const [host, port] = process.argv[1].split(':')
  const socket = connect(Number(port), host)
  socket.write('CONNECT {"verbose":false,"pedantic":false,"headers":true}\\r\\n')
  socket.on('data', (data) => { if (data.includes('PING')) socket.write('PONG\\r\\n') })
  const blocks = new Map()
  process.on('message', ({ subject, block }) => {
    if (block === undefined) socket.write(blocks.get(subject))
    else blocks.set(subject, block)
  })
  process.on('disconnect', () => process.exit())
`

const messagesOfBlock = 500
/** What the server keeps for a reader that is behind; it drops a reader that is 64 MiB behind. */
const mostAhead = 24 * 1_048_576

export interface Feeder {
  /** Sends `count` messages to a subject; call what it returns for each that arrives. */
  feed(subject: string, count: number): () => void
  close(): void
}

/** Feeds the readers of these subjects with events, so fast as they read. */
export function startFeeder(address: string, subjects: readonly string[], bytes: number): Feeder {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program, address], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    serialization: 'advanced',
  })
  const blocks = subjects.map((subject) => ({ subject, block: blockOf(subject, bytes) }))
  for (const block of blocks) child.send(block)
  const size = blocks[0]?.block.length ?? 1
  return {
    feed: (subject, count) => feed(child, subject, Math.ceil(count / messagesOfBlock), mostAhead / size),
    close: () => child.disconnect(),
  }
}

function feed(child: ChildProcess, subject: string, blocks: number, ahead: number): () => void {
  let asked = 0
  let arrived = 0
  const ask = () => {
    asked++
    child.send({ subject })
  }
  while (asked < Math.min(blocks, ahead)) ask()
  return () => {
    if (++arrived % messagesOfBlock === 0 && asked < blocks) ask()
  }
}

function blockOf(subject: string, bytes: number): Buffer {
  const binding = natsBinding()
  const parts = sampleEvents(messagesOfBlock, bytes).map((event) => {
    const { headers, body } = binding.encode(event)
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    const head = `NATS/1.0\r\n${lines.join('')}\r\n`
    const total = head.length + (body?.length ?? 0)
    return Buffer.concat([
      Buffer.from(`HPUB ${subject} ${head.length} ${total}\r\n${head}`),
      body ?? Buffer.alloc(0),
      Buffer.from('\r\n'),
    ])
  })
  return Buffer.concat(parts)
}
