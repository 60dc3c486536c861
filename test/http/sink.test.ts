import { inspect } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { httpDriver } from '../../adapters/http/index.ts'
import { connect, http } from '../../adapters/index.ts'
import { event, rejectionOf } from '../core/events.ts'
import { eventually } from '../eventually.ts'
import { idle, manualClock } from '../manual-clock.ts'
import { errorOf, message, summary } from './messages.ts'
import { answering, behaviours, receiver } from './receiver.ts'

describe('a delivery', () => {
  it('is a POST of the event to the exact address', async () => {
    await using server = await receiver()
    await using sink = await connect(`${server.url}/hooks/a?tenant=b&x=%20`)
    const receipts = await sink.publish('orders', event({ id: '1', subject: 'ü', data: { a: 1 } }))
    expect(receipts).toEqual([{}])
    expect(server.requests).toEqual([
      expect.objectContaining({ method: 'POST', path: '/hooks/a?tenant=b&x=%20', body: '{"a":1}' }),
    ])
    expect(server.requests[0]?.headers).toMatchObject({
      'ce-id': '1',
      'ce-subject': '%C3%BC',
      'content-type': 'application/json',
    })
  })

  it('carries a body also where the event has no data, as a webhook must have one', async () => {
    await using server = await receiver()
    await using sink = http({ url: server.url })
    await sink.publish('orders', event({ id: '1' }))
    expect(server.requests[0]?.headers['content-type']).toContain('application/cloudevents+json')
    expect(JSON.parse(server.requests[0]?.body ?? '')).toMatchObject({ id: '1' })
  })

  it.each([
    ['orders', '/in/orders/x'],
    ['a b/c?d#e', '/in/a%20b%2Fc%3Fd%23e/x'],
    ['ünï%', '/in/%C3%BCn%C3%AF%25/x'],
    ["it's(1)*!~", "/in/it's(1)*!~/x"],
    ['...', '/in/.../x'],
  ])('of topic %s goes where the path says {topic}', async (topic, path) => {
    await using server = await receiver()
    await using sink = await connect(`${server.url}/in/{topic}/x?q=1`)
    await sink.publish(topic, event())
    expect(server.requests[0]?.path).toBe(`${path}?q=1`)
  })

  it.each([
    ['..', 'topic ".." makes no address'],
    ['.', 'topic "." makes no address'],
    ['\ud800', 'is no Unicode text'],
  ])('of topic %j is refused before anything is sent', async (topic, text) => {
    await using server = await receiver()
    await using sink = http({ url: `${server.url}/in/{topic}` })
    expect(await rejectionOf(sink.publish(topic, event()))).toMatchObject({
      message: expect.stringContaining(text),
    })
    expect(server.requests).toEqual([])
  })

  it('has the mode and the headers of the options', async () => {
    await using server = await receiver()
    const env = { TOKEN: 'abc', KEY: 'def' }
    const options = { tokenEnv: 'TOKEN', headersEnv: { 'aeg-sas-key': 'KEY' }, headers: { 'X-Team': 'a' } }
    await using sink = http({ url: server.url, mode: 'structured', env, ...options })
    await sink.publish('orders', event())
    expect(server.requests[0]?.headers).toMatchObject({
      'content-type': expect.stringContaining('application/cloudevents+json'),
      authorization: 'Bearer abc',
      'aeg-sas-key': 'def',
      'x-team': 'a',
    })
  })

  it('of a message from elsewhere keeps its headers, but no framing and no credential in place of ours', async () => {
    await using server = await receiver()
    await using sink = http({ url: server.url, tokenEnv: 'TOKEN', env: { TOKEN: 'ours' } })
    const headers = {
      'Content-Type': 'text/plain',
      'Content-Length': '999',
      Host: 'elsewhere.example',
      Connection: 'close',
      'transfer-encoding': 'chunked',
      Authorization: 'Bearer theirs',
      'x-many': 'c',
    }
    const headerValues = { 'x-many': ['a', 'b', new Uint8Array([0xe9])] }
    await sink.send('orders', [{ body: new TextEncoder().encode('hi'), headers, headerValues }])
    expect(server.requests[0]).toMatchObject({ body: 'hi' })
    expect(server.requests[0]?.headers).toMatchObject({
      'content-type': 'text/plain',
      'content-length': '2',
      host: new URL(server.url).host,
      connection: 'keep-alive',
      authorization: 'Bearer ours',
      'x-many': 'a, b, é',
    })
  })

  it('with a header that HTTP cannot carry is refused by name alone', async () => {
    await using server = await receiver()
    const [result] = await httpDriver({ url: server.url }).send('t', [
      { body: null, headers: { 'x-a': 'ca\nnary' } },
    ])
    expect([summary(result), errorOf(result)]).toEqual([
      'ERR_PUBLISH',
      '[http] header "x-a" of the message holds characters that HTTP cannot carry: percent-encode or remove it',
    ])
    expect(inspect(result)).not.toContain('nary')
  })

  it('goes over connections that are kept', async () => {
    await using server = await receiver(() => behaviours.slow)
    await using sink = http({ url: server.url, concurrency: 4 })
    const events = Array.from({ length: 200 }, () => event())
    await sink.publish('orders', events)
    expect(server.requests).toHaveLength(200)
    expect(server.connections).toBeLessThanOrEqual(8)
    expect(server.mostAtOnce).toBeGreaterThan(1)
    expect(server.mostAtOnce).toBeLessThanOrEqual(4)
  })
})

describe('an answer', () => {
  it.each<[number, string, string]>([
    [200, 'ok', ''],
    [201, 'ok', ''],
    [202, 'ok', ''],
    [204, 'ok', ''],
    [301, 'ERR_PUBLISH', 'a redirect (301), which a sink must not follow: use the final URL'],
    [304, 'ERR_PUBLISH', 'a redirect (304)'],
    [308, 'ERR_PUBLISH', 'a redirect (308)'],
    [400, 'ERR_PUBLISH', '400: the receiver refused the event: look at its log'],
    [401, 'ERR_CONFIG', '401: check the credentials'],
    [403, 'ERR_CONFIG', '403: check the credentials'],
    [404, 'ERR_NOT_FOUND', '404: check the URL'],
    [405, 'ERR_PUBLISH', '405: the receiver takes no POST here'],
    [408, 'ERR_PUBLISH retry', '408: try again later'],
    [410, 'ERR_NOT_FOUND', '410: the receiver was retired'],
    [413, 'ERR_TOO_LARGE', '413: send less data'],
    [415, 'ERR_PUBLISH', '415: the receiver does not understand the format: try mode "structured"'],
    [418, 'ERR_PUBLISH', '418: the receiver refused the event'],
    [425, 'ERR_PUBLISH retry', '425: '],
    [429, 'ERR_PUBLISH retry', '429: '],
    [431, 'ERR_TOO_LARGE', '431: the headers are too large'],
    [500, 'ERR_PUBLISH retry', '500: '],
    [501, 'ERR_UNSUPPORTED', '501: '],
    [502, 'ERR_PUBLISH retry', '502: '],
    [503, 'ERR_PUBLISH retry', '503: '],
    [504, 'ERR_PUBLISH retry', '504: '],
    [505, 'ERR_UNSUPPORTED', '505: '],
  ])('%s is %s', async (status, expected, text) => {
    await using server = await receiver(() => answering(status, { location: 'http://canary.example/' }))
    const [result] = await httpDriver({ url: `${server.url}/hook?tenant=canary` }).send('t', [message('1')])
    expect(summary(result)).toBe(expected)
    expect(errorOf(result)).toContain(text)
    if (text !== '')
      expect(errorOf(result)).toContain(`[http] POST ${new URL(server.url).host}/hook was answered`)
    expect(errorOf(result)).not.toContain('canary')
    expect(server.requests).toHaveLength(1)
  })

  it.each(['reset', 'hangUp', 'halfHead', 'halfBody', 'halfChunks', 'garbage'] as const)(
    'that breaks off accepts nothing: %s',
    async (name) => {
      await using server = await receiver(() => behaviours[name])
      const [result] = await httpDriver({ url: server.url }).send('t', [message('1')])
      expect(summary(result)).toBe('ERR_PUBLISH retry')
      expect(errorOf(result)).toMatch(
        /got no whole answer \((UND_|ECONN|HPE_)[A-Z_]+\): look at the receiver/,
      )
    },
  )

  it('that never comes is a timeout, and its request is ended', async () => {
    await using server = await receiver(() => behaviours.silent)
    const clock = manualClock()
    const sending = httpDriver({ url: server.url, clock, timeoutMs: 300 }).send('t', [message('1')])
    await server.arrived(1)
    await clock.advance(299)
    await clock.advance(1)
    const [result] = await sending
    expect(summary(result)).toBe('ERR_TIMEOUT retry')
    expect(errorOf(result)).toContain('took longer than 300 ms: it may have arrived; raise "timeoutMs"')
  })

  it('that stops in the middle is a timeout too', async () => {
    await using server = await receiver(() => (response) => {
      response.writeHead(200).write('and so on')
    })
    const clock = manualClock()
    const sending = httpDriver({ url: server.url, clock }).send('t', [message('1')])
    await server.arrived(1)
    await clock.advance(10_000)
    expect((await sending).map(summary)).toEqual(['ERR_TIMEOUT retry'])
  })

  it('without an end is accepted after a mebibyte', async () => {
    await using server = await receiver(() => (response) => {
      response.writeHead(200)
      const flow = () => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      }
      response.on('drain', flow)
      flow()
    })
    expect((await httpDriver({ url: server.url }).send('t', [message('1')])).map(summary)).toEqual(['ok'])
  })

  it('of nobody names what the platform says', async () => {
    const server = await receiver()
    await server[Symbol.asyncDispose]()
    const [result] = await httpDriver({ url: server.url }).send('t', [message('1')])
    expect([summary(result), errorOf(result)]).toEqual([
      'ERR_PUBLISH retry',
      expect.stringContaining('(ECONNREFUSED)'),
    ])
    const [blocked] = await httpDriver({ url: 'http://127.0.0.1:6000' }).send('t', [message('1')])
    expect(errorOf(blocked)).toContain('(bad port)')
  })

  it('that holds an event is accepted, and the event ignored', async () => {
    await using server = await receiver(() => (response) => {
      response.writeHead(200, { 'ce-id': 'reply', 'content-type': 'application/json' }).end('{}')
    })
    expect(await httpDriver({ url: server.url }).send('t', [message('1')])).toEqual([{}])
  })
})

describe('order', () => {
  it('is kept per key, while other keys and messages without one go on', async () => {
    await using server = await receiver(({ headers }) =>
      headers['ce-id'] === 'a1' ? behaviours.silent : behaviours.accept,
    )
    const clock = manualClock()
    const ids: [string, string?][] = [['a1', 'a'], ['b1', 'b'], ['a2', 'a'], ['c'], ['b2', 'b'], ['a3', 'a']]
    const sending = httpDriver({ url: server.url, clock }).send(
      't',
      ids.map(([id, key]) => message(id, key)),
    )
    await eventually('the others', () => server.accepted.length === 3)
    await idle()
    expect(server.requests.map(({ headers }) => headers['ce-id'])).toEqual(
      expect.arrayContaining(['a1', 'b1', 'b2', 'c']),
    )
    await clock.advance(10_000)
    const results = await sending
    expect(results.map(summary)).toEqual([
      'ERR_TIMEOUT retry',
      'ok',
      'ERR_PUBLISH retry',
      'ok',
      'ok',
      'ERR_PUBLISH retry',
    ])
    expect(errorOf(results[2])).toContain(
      'was not tried, since an earlier record of its key was not accepted',
    )
    expect(server.requests).toHaveLength(4)
  })

  it('fails later records of a key also where no retry can help the first', async () => {
    await using server = await receiver(({ headers }) => answering(headers['ce-id'] === '1' ? 400 : 202))
    const results = await httpDriver({ url: server.url }).send('t', [
      message('1', 'k'),
      message('2', 'k'),
      message('3'),
    ])
    expect(results.map(summary)).toEqual(['ERR_PUBLISH', 'ERR_PUBLISH retry', 'ok'])
  })
})

describe('a receiver that asks to wait', () => {
  it.each([
    [429, '3'],
    [503, 'Sat, 31 Jan 2026 12:00:03 GMT'],
  ])('gets no request before its time: %s, %s', async (status, after) => {
    await using server = await receiver((_, index) =>
      index === 0 ? answering(status, { 'retry-after': after }) : behaviours.accept,
    )
    const clock = manualClock()
    const driver = httpDriver({ url: server.url, clock, concurrency: 1 })
    const sending = driver.send('t', [message('1'), message('2'), message('3')])
    await eventually('the pause', () => clock.waits.includes(3_000))
    const other = driver.send('another topic', [message('4')])
    await clock.advance(2_999)
    expect(server.requests).toHaveLength(1)
    await clock.advance(1)
    expect((await sending).map(summary)).toEqual(['ERR_PUBLISH retry after 0', 'ok', 'ok'])
    expect((await other).map(summary)).toEqual(['ok'])
  })

  it('is published to again after that time', async () => {
    await using server = await receiver((_, index) =>
      index === 0 ? answering(429, { 'retry-after': '30' }) : behaviours.accept,
    )
    const clock = manualClock()
    await using sink = http({ url: server.url, clock })
    const publishing = sink.publish('t', event({ id: '1' }))
    await eventually('the wait', () => clock.waits.includes(30_000))
    await clock.advance(30_000)
    await publishing
    expect(server.accepted).toEqual(['1'])
  })

  it('for longer than is borne is not tried again, nor asked before', async () => {
    await using server = await receiver(() => answering(429, { 'retry-after': '301' }))
    const clock = manualClock()
    const driver = httpDriver({ url: server.url, clock, concurrency: 1 })
    const results = await driver.send('t', [message('1'), message('2')])
    expect(results.map(summary)).toEqual(['ERR_PUBLISH', 'ERR_PUBLISH'])
    expect(errorOf(results[0])).toContain(
      'was answered 429 and asked to wait 301 s: publish later, or raise "maxRetryAfterMs"',
    )
    expect(server.requests).toHaveLength(1)
    await clock.advance(301_000)
    await driver.send('t', [message('3')])
    expect(server.requests).toHaveLength(2)
  })

  it.each(['', 'soon', '-5', '1.5', '2 minutes', 'Sat'])(
    'in words that nobody can read (%j) is retried as usual',
    async (after) => {
      await using server = await receiver(() => answering(503, { 'retry-after': after }))
      const [result] = await httpDriver({ url: server.url }).send('t', [message('1')])
      expect(summary(result)).toBe('ERR_PUBLISH retry')
    },
  )
})

describe('a receiver that is gone', () => {
  it('gets no request ever again, at that address', async () => {
    await using server = await receiver(({ path }) => (path === '/a' ? answering(410) : behaviours.accept))
    const driver = httpDriver({ url: `${server.url}/{topic}`, concurrency: 1 })
    const results = await driver.send('a', [message('1'), message('2')])
    expect(results.map(summary)).toEqual(['ERR_NOT_FOUND', 'ERR_NOT_FOUND'])
    expect(errorOf(results[1])).toContain('/a was answered 410 before, so it is stopped for good')
    expect((await driver.send('a', [message('3')])).map(summary)).toEqual(['ERR_NOT_FOUND'])
    expect((await driver.send('b', [message('4')])).map(summary)).toEqual(['ok'])
    expect(server.requests.map(({ path }) => path)).toEqual(['/a', '/b'])
  })
})

describe('the sink', () => {
  it('only emits, and says so', async () => {
    await using sink = await connect('https://example.com/hook')
    expect(sink.capabilities).toMatchObject({ emitOnly: true, replay: [], ordering: 'lane' })
    expect(() => sink.subscribe({ topic: 't', group: 'g' }, () => {})).toThrow(
      '[http] it only emits: use it as a sink',
    )
    const options = { prefetch: 1 }
    const receiving = httpDriver({ url: 'https://example.com' }).receive(
      { topic: 't', group: 'g' },
      () => [],
      new AbortController().signal,
      options,
    )
    expect(await rejectionOf(receiving)).toMatchObject({ code: 'ERR_UNSUPPORTED' })
    for (const call of [
      () => sink.replay({ topic: 't', group: 'g' }, 'earliest'),
      () => sink.ensure({ topics: [] }),
    ])
      expect(await rejectionOf(call())).toMatchObject({ code: 'ERR_UNSUPPORTED' })
  })

  it('answers a ping where the server answers anything, and says it where nothing does', async () => {
    await using server = await receiver(() => answering(405))
    await using sink = http({ url: `${server.url}/in/{topic}`, tokenEnv: 'T', env: { T: 'x' } })
    await sink.ping()
    expect(server.requests).toMatchObject([{ method: 'OPTIONS', path: '/' }])
    expect(server.requests[0]?.headers).not.toHaveProperty('authorization')
    server.behave = () => behaviours.hangUp
    expect(await rejectionOf(sink.ping())).toMatchObject({ code: 'ERR_PUBLISH' })
  })

  it('finishes what is on its way before it closes', async () => {
    await using server = await receiver(() => behaviours.slow)
    const sink = http({ url: server.url, concurrency: 2 })
    const publishing = sink.publish('t', [event({ id: '1' }), event({ id: '2' }), event({ id: '3' })])
    await server.arrived(1)
    await sink.close()
    await publishing
    expect(server.accepted).toHaveLength(3)
  })

  it('ends what is on its way when its time to close is over', async () => {
    await using server = await receiver(() => behaviours.silent)
    const clock = manualClock()
    const sink = http({ url: server.url, clock, timeoutMs: 300_000, concurrency: 1 })
    const publishing = rejectionOf(sink.publish('t', [event(), event()]))
    await server.arrived(1)
    const closing = sink.close()
    await clock.advance(10_000)
    await closing
    const message = Reflect.get(Object(await publishing), 'message')
    expect(message).toContain('2 of 2 records for "t" failed')
    expect(message).toContain('the sink closed before the record was accepted')
    expect(server.requests).toHaveLength(1)
  })
})
