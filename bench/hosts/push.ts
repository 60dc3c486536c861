import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { pubsubBinding } from '../../adapters/pubsub/binding.ts'
import { freePorts } from '../../dev/port.ts'
import type { Sample, Side } from '../brokers/paired.ts'
import { sampleEvent } from '../events.ts'

const connections = 16
const requestsOfRound = 4_000
const framework = fileURLToPath(new URL('main.js', import.meta.resolve('@google-cloud/functions-framework')))

/** The same function for Functions Framework by hand: the message out of the push, its four required attributes, its data. */
const byHand = `
export const handler = async ({ method, body }, response) => {
  if (method === 'GET') return void response.status(200).end()
  const { message } = body
  const { attributes } = message
  for (const name of ['ce-specversion', 'ce-id', 'ce-source', 'ce-type'])
    if (!attributes[name]) return void response.status(400).end()
  JSON.parse(Buffer.from(message.data, 'base64').toString()).order
  response.status(204).end()
}
process.on('message', () => process.send?.(process.cpuUsage()))
`

/** Servers of push subscriptions, each in a process of its own. */
export interface Servers extends Disposable {
  readonly sides: Readonly<Record<'ours' | 'framework', Side>>
}

/** Starts the bundle `file` as a server, and Functions Framework with the function by hand. */
export async function startServers(file: string): Promise<Servers> {
  const folder = dirname(dirname(dirname(dirname(file))))
  writeFileSync(join(folder, 'index.mjs'), byHand)
  writeFileSync(join(folder, 'package.json'), '{ "type": "module", "main": "index.mjs" }')
  const [first = 0, second = 0] = await freePorts(2)
  const ours = start([file], first)
  const theirs = start([framework, '--target=handler', '--signature-type=http', `--source=${folder}`], second)
  try {
    await Promise.all([first, second].map(listening))
  } catch (error) {
    ours.kill()
    theirs.kill()
    throw error
  }
  return {
    sides: { ours: side(ours, first), framework: side(theirs, second) },
    [Symbol.dispose]: () => {
      ours.kill('SIGKILL')
      theirs.kill('SIGKILL')
    },
  }
}

function start(words: readonly string[], port: number): ChildProcess {
  const env = { ...process.env, PORT: String(port), NODE_OPTIONS: '' }
  return spawn(process.execPath, words, { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
}

async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    const isUp = await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    )
    if (isUp) return
    await delay(20)
  }
  throw new Error(`no server on port ${port} within 10 s`)
}

/** Pushes over connections that are kept; the CPU time is that of the server. */
function side(server: ChildProcess, port: number): Side {
  return async (): Promise<Sample> => {
    const before = await cpuOf(server)
    const began = performance.now()
    await Promise.all(Array.from({ length: connections }, () => pushing(port, requestsOfRound / connections)))
    const seconds = (performance.now() - began) / 1_000
    return { rate: requestsOfRound / seconds, cpu: ((await cpuOf(server)) - before) / requestsOfRound }
  }
}

/** Microseconds. */
async function cpuOf(server: ChildProcess): Promise<number> {
  server.send('cpu')
  const [{ user, system }] = await once(server, 'message')
  return user + system
}

/** One connection that sends a push, waits for its 204, and sends the next: a client that costs next to nothing. */
function pushing(port: number, count: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    let left = count
    socket.on('connect', () => socket.write(push))
    socket.on('error', reject)
    socket.on('data', (answer) => {
      if (!answer.toString('latin1').startsWith('HTTP/1.1 204')) {
        socket.destroy(new Error(`the server answered ${answer.toString()}`))
      } else if (--left > 0) socket.write(push)
      else {
        socket.end()
        resolve()
      }
    })
  })
}

const push = requestOf()

function requestOf(): Buffer {
  const { body, headers } = pubsubBinding().encode(sampleEvent(1, 200))
  const message = {
    data: Buffer.from(body ?? []).toString('base64'),
    attributes: headers,
    messageId: '1',
    message_id: '1',
    publishTime: '2026-01-31T12:00:00.123Z',
    publish_time: '2026-01-31T12:00:00.123Z',
  }
  const json = JSON.stringify({ message, subscription: 'projects/p/subscriptions/s' })
  const head = ['POST / HTTP/1.1', 'host: localhost', 'content-type: application/json']
  return Buffer.from(`${head.join('\r\n')}\r\ncontent-length: ${Buffer.byteLength(json)}\r\n\r\n${json}`)
}
