import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import { WaybillError } from '../../../adapters/core/errors.ts'
import { serve } from '../../../functions/hosts/http.ts'
import { eventually } from '../../eventually.ts'

const hostname = '127.0.0.1'
const headers = { 'content-type': 'application/cloudevents+json' }
const body = '{"specversion":"1.0","id":"1","source":"/s","type":"t"}'

function post(url: string, signal?: AbortSignal): Promise<Response> {
  return fetch(url, { method: 'POST', headers, body, ...(signal === undefined ? {} : { signal }) })
}

/** Sends text as it is, and gives what comes back until the other side ends. */
function raw(url: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: Number(new URL(url).port), host: hostname })
    let received = ''
    socket.on('data', (part) => {
      received += part.toString()
    })
    socket.on('close', () => resolve(received))
    socket.on('error', reject)
    socket.write(text)
  })
}

describe('the HTTP server', () => {
  it('answers events and health checks', async () => {
    let handled = 0
    await using server = await serve({ name: 'f', handler: () => void handled++, port: 0, hostname })
    expect((await post(server.url)).status).toBe(204)
    expect(await (await fetch(`${server.url}/livez`)).text()).toBe('ok\n')
    expect(handled).toBe(1)
  })

  it('does not come up where its middleware needs what is missing, and does where that is out of reach', async () => {
    const failing = (code: 'ERR_NOT_FOUND' | 'ERR_STORE') =>
      Object.assign(async () => {}, { check: () => Promise.reject(new WaybillError(code, 'no table')) })
    const served = (code: Parameters<typeof failing>[0]) =>
      serve({ name: 'f', handler: () => {}, middleware: [failing(code)], port: 0, hostname })
    await expect(served('ERR_NOT_FOUND')).rejects.toThrow('[waybill] function "f": no table')
    await using server = await served('ERR_STORE')
    expect((await fetch(server.url)).status).toBe(200)
  })

  it('finishes the requests under way when it closes, and takes no others', async () => {
    let begun = 0
    let finish = () => {}
    const finished = new Promise<void>((resolve) => {
      finish = resolve
    })
    const server = await serve({
      name: 'f',
      handler: async () => {
        begun++
        await finished
      },
      port: 0,
      hostname,
    })
    const answers = [post(server.url), post(server.url), post(server.url)]
    await eventually('three requests', () => begun === 3)
    const closing = server.close()
    await expect(post(server.url)).rejects.toThrow()
    finish()
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([204, 204, 204])
    await closing
  })

  it('cuts short what does not finish in time, and says that it is to be sent again', async () => {
    let begun = 0
    const server = await serve({
      name: 'f',
      handler: () => {
        begun++
        return new Promise(() => {})
      },
      port: 0,
      hostname,
      drainMs: 50,
    })
    const answer = post(server.url)
    await eventually('the request', () => begun === 1)
    await server.close()
    expect((await answer).status).toBe(503)
  })

  it('aborts an attempt whose caller has gone', async () => {
    let aborted = false
    let begun = 0
    await using server = await serve({
      name: 'f',
      handler: (_, { signal }) => {
        begun++
        return new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            aborted = true
            reject(signal.reason)
          })
        })
      },
      port: 0,
      hostname,
    })
    const leave = new AbortController()
    const answer = post(server.url, leave.signal)
    await eventually('the request', () => begun === 1)
    leave.abort()
    await expect(answer).rejects.toThrow()
    await eventually('the end of the attempt', () => aborted)
  })

  it('stops reading a body at its limit', async () => {
    await using server = await serve({ name: 'f', handler: () => {}, port: 0, hostname, maxBytes: 100 })
    const answer = await raw(
      server.url,
      `POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n${'x'.repeat(200)}`,
    )
    expect(answer).toMatch(/^HTTP\/1\.1 413 /)
  })

  it('gives up a body that does not come', async () => {
    await using server = await serve({
      name: 'f',
      handler: () => {},
      port: 0,
      hostname,
      requestTimeoutMs: 200,
    })
    const answer = await raw(server.url, 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nx')
    expect(answer).toMatch(/^HTTP\/1\.1 408 /)
  })

  it.each([
    ['says nothing', ''],
    ['does not end its headers', 'POST / HTTP/1.1\r\nhost: x\r\n'],
    ['does not end its body', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nx'],
  ])('closes in time where a caller %s', async (_, text) => {
    const server = await serve({ name: 'f', handler: () => {}, port: 0, hostname, drainMs: 50 })
    const socket = connect({ port: Number(new URL(server.url).port), host: hostname })
    socket.on('error', () => {})
    await once(socket, 'connect')
    socket.write(text)
    // Answered on a connection of its own, so that the server has seen the other.
    expect((await post(server.url)).status).toBe(204)
    let isClosed = false
    void server.close().then(() => {
      isClosed = true
    })
    try {
      await eventually('the end of the server', () => isClosed, 5_000)
    } finally {
      socket.destroy()
    }
  })

  it('says which port it cannot have', async () => {
    await using server = await serve({ name: 'f', handler: () => {}, port: 0, hostname })
    const port = Number(new URL(server.url).port)
    await expect(serve({ name: 'f', handler: () => {}, port, hostname })).rejects.toThrow(
      `[http] port ${port} cannot be had (listen EADDRINUSE`,
    )
  })
})
