import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { http, httpBinding } from '../adapters/http/index.ts'
import type { Message } from '../adapters/index.ts'
import { sampleEvents } from './events.ts'
import { type Result, rates, result } from './measure.ts'

const concurrency = 64
/** Events that are published with one call. */
const chunk = 1_000

/** A receiver in a process of its own: what it costs is not ours. It prints its port. */
const receiver = `
  import { createServer } from 'node:http'
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    request.resume().on('end', () => response.writeHead(202, { 'content-length': 0 }).end())
  })
  server.listen(0, '127.0.0.1', () => console.log(server.address().port))
`

export async function* httpBench(): AsyncGenerator<Result> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', receiver], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const [port] = await once(createInterface({ input: child.stdout }), 'line')
    yield* against(`http://127.0.0.1:${port}/events`)
  } finally {
    child.kill()
  }
}

async function* against(url: string): AsyncGenerator<Result> {
  const events = sampleEvents(1_000, 200)
  const binding = httpBinding()
  const messages = events.map((event) => binding.encode(event))
  await using sink = http({ url, concurrency })
  const publish = async (count: number) => {
    for (let at = 0; at < count; at += chunk) {
      const batch = events.slice(0, Math.min(chunk, count - at))
      await sink.publish('bench', batch, { key: ({ id }) => id })
    }
  }
  const measured = await rates(
    {
      bulk: publish,
      single: (count) => concurrently(count, (i) => sink.publish('bench', events[i % 1_000] ?? [])),
      bare: (count) => concurrently(count, (i) => post(url, messages[i % 1_000])),
      turns: (count) => concurrently(count, (i) => post(url, messages[i % 1_000]).then(nextTurn)),
    },
    { rounds: 9, roundMs: 1_000 },
  )
  const { bare } = measured
  yield result('http', 'publish, 200 B, 64 requests in flight, against bare fetch', measured.bulk, bare)
  yield result('http', '64 callers that publish one event each, against bare fetch', measured.single, bare)
  yield result('http', 'publish, 200 B, against bare fetch begun in turns', measured.bulk, measured.turns)
}

let turn: Promise<void> | undefined

/** Requests that begin together in a turn of the event loop are cheaper, which the sink makes use of as well. */
function nextTurn(): Promise<void> {
  turn ??= new Promise((resolve) => {
    setImmediate(() => {
      turn = undefined
      resolve()
    })
  })
  return turn
}

/** What an application would write at best: the request is ready, its connection is kept. */
async function post(url: string, message: Message | undefined): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...message?.headers },
    body: message?.body ?? null,
  })
  // Reading part by part is faster than arrayBuffer().
  const reader = response.body?.getReader()
  while (reader !== undefined && !(await reader.read()).done);
  if (!response.ok) throw new Error(`the receiver answered ${response.status}`)
}

/** Calls `run` with 0 to `count`, so many at once as the sink has requests in flight. */
async function concurrently(count: number, run: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0
  const worker = async () => {
    while (next < count) await run(next++)
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
}
