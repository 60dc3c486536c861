import { describe, expect, it } from '@jest/globals'
import { CloudEvent, HTTP } from 'cloudevents'
import type { Message } from '../../adapters/core/message.ts'
import { binding, httpBinding } from '../../adapters/http/binding.ts'
import { eventsOf, messageOfIncoming, messageOfRequest, requestInit } from '../../adapters/http/request.ts'
import { bytesOf, event, textOf, thrownBy } from '../core/events.ts'

const url = 'http://localhost/'

function request(message: Message): Request {
  return new Request(url, requestInit(message))
}

function post(body: string | null, headers: Record<string, string> = {}): Request {
  return new Request(url, { method: 'POST', body, headers })
}

/** What awaiting it throws. */
async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  )
}

/** A response whose body gives what `part` makes, for ever, and the number of parts that were asked for. */
function endless(part: () => Uint8Array | Promise<Uint8Array>) {
  const seen = { parts: 0, canceled: false }
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      seen.parts++
      controller.enqueue(await part())
    },
    cancel() {
      seen.canceled = true
    },
  })
  return { response: new Response(stream), seen }
}

describe('a request', () => {
  it.each(['binary', 'structured'] as const)('carries an event there and back, %s', async (mode) => {
    const sent = event({ subject: 'Euro € 100%', datacontenttype: 'application/json', data: { ü: [1] } })
    const [read, ...more] = await eventsOf(request(binding.encode(sent, { mode })))
    expect(more).toEqual([])
    expect({ ...read }).toEqual({ ...sent })
  })

  it('carries a batch', async () => {
    const read = await eventsOf(request(binding.encodeBatch([event({ id: 'a' }), event({ id: 'b' })])))
    expect(read.map(({ id }) => id)).toEqual(['a', 'b'])
  })

  it('keeps the trace of the protocol apart from that of the event', async () => {
    const sent = event({ traceparent: '00-1-1-01', data: 1 })
    const message = await messageOfRequest(
      request(binding.encode(sent, { headers: { traceparent: '00-2-2-01' } })),
    )
    expect(message.headers).toMatchObject({ traceparent: '00-2-2-01', 'ce-traceparent': '00-1-1-01' })
    expect(binding.decode(message).traceparent).toBe('00-1-1-01')
  })

  it('without a body, or with one of no bytes, has none', async () => {
    expect((await messageOfRequest(post(null))).body).toBeNull()
    expect((await messageOfRequest(post(''))).body).toBeNull()
  })

  it('keeps credentials for itself', async () => {
    const secret = { authorization: 'Bearer x', cookie: 'a=b', 'proxy-authorization': 'c' }
    const { headers } = await messageOfRequest(post('x', { ...secret, 'x-a': '1' }))
    expect(headers).toEqual({ 'content-type': 'text/plain;charset=UTF-8', 'x-a': '1' })
  })

  it('that is no event is refused, and a reader may make one of it', async () => {
    expect(await rejection(eventsOf(post('x')))).toMatchObject({ code: 'ERR_DECODE' })
    const own = httpBinding({ raw: () => event({ id: 'made' }) })
    expect(await eventsOf(post('x'), { binding: own, origin: { topic: 't' } })).toMatchObject([
      { id: 'made' },
    ])
  })

  it('tells of leniencies', async () => {
    const heard: string[] = []
    const { headers } = binding.encode(event({ data: 1 }))
    const raw = post('1', { ...headers, 'ce-subject': '100%' })
    const [read] = await eventsOf(raw, { warn: ({ leniency }) => heard.push(leniency) })
    expect(read?.subject).toBe('100%')
    expect(heard).toEqual(['lone-percent'])
  })

  it('reads UTF-8 that a sender did not encode, of which fetch gives a character for each byte', async () => {
    const { headers } = binding.encode(event({ data: 1 }))
    const subject = Buffer.from('café €').toString('latin1')
    const [read] = await eventsOf(post('1', { ...headers, 'ce-subject': subject }))
    expect(read?.subject).toBe('café €')
  })
})

describe('what a request may not be', () => {
  it('longer than the limit: exactly as long is read', async () => {
    const limited = (maxBytes: number) => messageOfRequest(post('12345'), { maxBytes })
    expect(textOf((await limited(5)).body)).toBe('12345')
    expect(await rejection(limited(4))).toMatchObject({
      code: 'ERR_TOO_LARGE',
      message: '[http] the body has more than 4 bytes: send less, or raise "maxBytes"',
    })
  })

  it('longer than it says: it is cut where the limit is, whatever the header', async () => {
    const { response, seen } = endless(() => new Uint8Array(1_000))
    const lying = new Response(response.body, { headers: { 'content-length': '10' } })
    expect(await rejection(messageOfRequest(lying, { maxBytes: 5_000 }))).toMatchObject({
      code: 'ERR_TOO_LARGE',
    })
    expect(seen.canceled).toBe(true)
    expect(seen.parts).toBeLessThan(10)
  })

  it('long by its own word: nothing of it is read', async () => {
    const { response, seen } = endless(() => new Uint8Array(1))
    const honest = new Response(response.body, { headers: { 'content-length': '6000' } })
    expect(await rejection(messageOfRequest(honest, { maxBytes: 5_000 }))).toMatchObject({
      code: 'ERR_TOO_LARGE',
    })
    expect(seen.canceled).toBe(true)
  })

  it('stalled for ever, where the caller has a signal', async () => {
    const abort = new AbortController()
    const { response, seen } = endless(() => {
      if (seen.parts > 1) abort.abort(new Error('late'))
      return seen.parts > 1 ? new Promise<never>(() => {}) : new Uint8Array(1)
    })
    expect(await rejection(messageOfRequest(response, { signal: abort.signal }))).toMatchObject({
      code: 'ERR_ABORTED',
      cause: new Error('late'),
    })
    expect(await rejection(messageOfRequest(post('x'), { signal: AbortSignal.abort() }))).toMatchObject({
      code: 'ERR_ABORTED',
    })
  })

  it('broken off', async () => {
    const cause = new Error('reset')
    const stream = new ReadableStream<Uint8Array>({ start: (controller) => controller.error(cause) })
    expect(await rejection(messageOfRequest(new Response(stream)))).toMatchObject({
      code: 'ERR_DECODE',
      message: '[http] the body broke off after 0 bytes (reset): send it again',
      cause,
    })
  })

  it('read before', async () => {
    const used = post('x')
    await used.text()
    expect(await rejection(messageOfRequest(used))).toMatchObject({
      code: 'ERR_DECODE',
      message: expect.stringContaining('read before'),
    })
  })

  it('compressed, but a response may say that it was', async () => {
    const packed = { 'content-encoding': 'gzip' }
    expect(await rejection(messageOfRequest(post('x', packed)))).toMatchObject({
      code: 'ERR_DECODE',
      message: '[http] content-encoding "gzip" is not supported: send the body uncompressed',
    })
    expect((await messageOfRequest(post('x', { 'content-encoding': 'identity' }))).body).toHaveLength(1)
    expect((await messageOfRequest(new Response('x', { headers: packed }))).body).toHaveLength(1)
  })

  it('of longer headers than the limit', async () => {
    const limited = (maxHeaderBytes: number) =>
      messageOfIncoming({ headers: { ab: 'cde' } }, { maxHeaderBytes })
    expect(limited(5).headers).toEqual({ ab: 'cde' })
    expect(thrownBy(() => limited(4))).toMatchObject({
      code: 'ERR_TOO_LARGE',
      message: '[http] the headers have more than 4 bytes: send fewer or shorter ones',
    })
    expect(await rejection(messageOfRequest(post('x', { 'x-a': 'a'.repeat(65_536) })))).toMatchObject({
      code: 'ERR_TOO_LARGE',
    })
  })

  it('more events than the limit, and a batch as long as the limit of the body', async () => {
    const many = () => request(binding.encodeBatch([event(), event()]))
    expect(await rejection(eventsOf(many(), { maxEvents: 1 }))).toMatchObject({ code: 'ERR_TOO_LARGE' })
    expect(await rejection(eventsOf(many(), { maxBytes: 10 }))).toMatchObject({ code: 'ERR_TOO_LARGE' })
    const long = binding.encodeBatch([event({ data: 'a'.repeat(1_100_000) })])
    expect(await eventsOf(request(long), { maxBytes: 2_000_000 })).toHaveLength(1)
  })
})

describe('a request that Node.js read', () => {
  it('keeps all values of a repeated header, of which the last counts', () => {
    const { headers } = binding.encode(event(), { mode: 'binary' })
    const raw = [...Object.entries(headers).flat(), 'CE-Subject', 'a', 'ce-subject', 'b']
    const message = messageOfIncoming({ rawHeaders: raw, headers: { 'ce-subject': 'a, b' } })
    expect(message.headers['ce-subject']).toBe('b')
    expect(message.headerValues).toEqual({ 'ce-subject': ['a', 'b'] })
    const heard: string[] = []
    expect(binding.decode(message, undefined, ({ leniency }) => heard.push(leniency)).subject).toBe('b')
    expect(heard).toEqual(['repeated-header'])
    expect(thrownBy(() => httpBinding({ strict: true }).decode(message))).toMatchObject({
      code: 'ERR_DECODE',
    })
  })

  it('has its headers in any of the shapes that platforms give', () => {
    const shapes = [
      { rawHeaders: ['X-A', '1', 'X-B', '2', 'X-B', '3'] },
      { headers: { 'x-a': '1', 'X-B': ['2', '3'], 'x-c': undefined } },
    ]
    for (const shape of shapes) {
      expect(messageOfIncoming({ ...shape, body: bytesOf('x') })).toEqual({
        body: bytesOf('x'),
        headers: { 'x-a': '1', 'x-b': '3' },
        headerValues: { 'x-b': ['2', '3'] },
      })
    }
    expect(messageOfIncoming({})).toEqual({ body: null, headers: {} })
    expect(messageOfIncoming({ body: new Uint8Array() }).body).toBeNull()
  })

  it('leaves out credentials, HTTP/2 pseudo-headers and a prototype', () => {
    const headers = {
      ':path': '/',
      Authorization: 'x',
      'set-cookie': ['a=b'],
      ...JSON.parse('{"__proto__":"x"}'),
    }
    const rawHeaders = ['__proto__', 'x', '__proto__', 'y', 'constructor', 'a', 'constructor', 'b']
    expect(messageOfIncoming({ headers }).headers).toEqual({})
    const { headers: read, headerValues } = messageOfIncoming({ rawHeaders })
    expect(Object.entries(read)).toEqual([['constructor', 'b']])
    expect(Object.entries(headerValues ?? {})).toEqual([['constructor', ['a', 'b']]])
  })

  it('must come as bytes, and no more than the limit', () => {
    const parsed: object = JSON.parse('{"body":{"a":1}}')
    expect(thrownBy(() => messageOfIncoming(parsed))).toMatchObject({
      code: 'ERR_DECODE',
      message: '[http] the body is not bytes: hand it over before anything parses it',
    })
    const limited = () => messageOfIncoming({ body: bytesOf('12') }, { maxBytes: 1 })
    expect(thrownBy(limited)).toMatchObject({ code: 'ERR_TOO_LARGE' })
  })
})

describe('requestInit', () => {
  it('posts the message, without headers that frame the request of another hop', () => {
    const message = {
      body: bytesOf('x'),
      headers: { 'X-A': '1', connection: 'close', 'Content-Length': '9' },
    }
    expect(requestInit(message)).toEqual({ method: 'POST', headers: { 'x-a': '1' }, body: message.body })
  })

  it('sends a header named as a member of every object', () => {
    expect(requestInit({ body: null, headers: { constructor: 'x' } }).headers).toEqual({ constructor: 'x' })
  })

  it('refuses a header that HTTP cannot carry, naming it', () => {
    expect(thrownBy(() => requestInit({ body: null, headers: { 'x-a': '€' } }))).toMatchObject({
      message: expect.stringContaining('"x-a"'),
    })
  })
})

describe('the cloudevents package', () => {
  it('reads what a request has, and is read', async () => {
    const sent = event({ subject: 'a', data: { a: 1 }, datacontenttype: 'application/json; charset=utf-8' })
    for (const mode of ['binary', 'structured'] as const) {
      const received = request(binding.encode(sent, { mode }))
      const headers = Object.fromEntries(received.headers)
      const theirs = HTTP.toEvent({ headers, body: await received.text() })
      expect(theirs).toMatchObject({ id: sent.id, subject: 'a', data: { a: 1 } })
      const { headers: written, body } = HTTP[mode](new CloudEvent({ ...sent }))
      const texts = Object.entries(written).map(([name, value]): [string, string] => [name, String(value)])
      const [ours] = await eventsOf(post(String(body), Object.fromEntries(texts)))
      expect(ours).toMatchObject({ id: sent.id, subject: 'a', data: { a: 1 } })
    }
  })
})
