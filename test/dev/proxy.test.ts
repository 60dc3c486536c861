import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { codeOf } from '../../adapters/core/errors.ts'
import { startProxy, type TcpProxy } from '../../dev/index.ts'
import { rejectionOf } from '../core/events.ts'
import { eventually } from '../eventually.ts'

/** A server that answers with what it was told, and ends with `bye`. */
let echo: Server
let proxy: TcpProxy
let sockets: Socket[]

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

beforeEach(async () => {
  sockets = []
  echo = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      if (chunk.toString() === 'end') socket.end('x'.repeat(1_000_000))
      else socket.write(chunk)
    })
  })
  echo.listen(0, '127.0.0.1')
  await once(echo, 'listening')
  proxy = await startProxy({ to: portOf(echo), at: 0 })
})

afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  await proxy[Symbol.asyncDispose]()
  await new Promise((closed) => echo.close(closed))
})

interface Client {
  readonly socket: Socket
  heard: string
  fault: unknown
}

function open(): Client {
  const socket = connect(proxy.port, '127.0.0.1')
  sockets.push(socket)
  const client: Client = { socket, heard: '', fault: undefined }
  socket.on('data', (chunk) => {
    client.heard += chunk.toString()
  })
  socket.on('error', (error) => {
    client.fault = codeOf(error)
  })
  return client
}

async function opened(): Promise<Client> {
  const client = open()
  client.socket.write('hello')
  await eventually('the echo is heard', () => client.heard === 'hello')
  return client
}

it('passes everything on, to the last byte of a server that leaves', async () => {
  const { socket, ...rest } = await opened()
  expect([rest.fault, proxy.connections, proxy.address]).toEqual([undefined, 1, `127.0.0.1:${proxy.port}`])
  const client = open()
  client.socket.write('end')
  await once(client.socket, 'close')
  expect([client.heard.length, client.fault]).toEqual([1_000_000, undefined])
  socket.destroy()
  await eventually('no connection is left', () => proxy.connections === 0)
})

it('cut resets what is open and what comes, until it is restored', async () => {
  const before = await opened()
  proxy.cut()
  await eventually('the connection is reset', () => before.fault === 'ECONNRESET')
  const during = open()
  during.socket.write('x')
  await eventually('a new one is reset', () => during.fault !== undefined)
  proxy.restore()
  await opened()
})

it('held is silent but open, and delivers late what was said meanwhile', async () => {
  const before = await opened()
  proxy.hold()
  const during = open()
  before.socket.write(' again')
  during.socket.write('late')
  const silence = AbortSignal.timeout(100)
  const heard = Promise.race([once(before.socket, 'data'), once(during.socket, 'data')])
  expect(await Promise.race([heard, once(silence, 'abort').then(() => 'nothing')])).toBe('nothing')
  expect([before.fault, during.fault]).toEqual([undefined, undefined])
  proxy.restore()
  await eventually('both are heard', () => before.heard === 'hello again' && during.heard === 'late')
})

it('cuts once at the answer, which the server gave and the client never hears', async () => {
  const before = await opened()
  const cut = proxy.cutAtAnswer()
  before.socket.write('lost')
  await cut
  await eventually('the connection is reset', () => before.fault === 'ECONNRESET')
  expect(before.heard).toBe('hello')
  await opened()
})

it('on a port that is taken tells so', async () => {
  expect(codeOf(await rejectionOf(startProxy({ to: 1, at: proxy.port })))).toBe('EADDRINUSE')
})

it('in front of a server that is down resets', async () => {
  await using other = await startProxy({ to: 1, at: 0 })
  const socket = connect(other.port, '127.0.0.1')
  sockets.push(socket)
  socket.on('error', () => {})
  await once(socket, 'close')
  await eventually('no connection is left', () => other.connections === 0)
})
