import { afterEach, describe, expect, it } from '@jest/globals'
import { TerminalError } from '../../../adapters/core/errors.ts'
import { type CloudEvent, createEvent } from '../../../adapters/core/event.ts'
import type { Context } from '../../../adapters/core/handler.ts'
import { encodeJson, encodeJsonBatch } from '../../../adapters/core/json.ts'
import { memory } from '../../../adapters/index.ts'
import { type HttpFunctionOptions, httpFunction } from '../../../functions/hosts/http.ts'
import { eventually } from '../../eventually.ts'
import { idle } from '../../manual-clock.ts'

const url = 'http://localhost/'
const attributes = { specversion: '1.0', id: '1', source: '/test', type: 'test.numbered' }

function event(id: string): CloudEvent {
  return createEvent({ type: 'test.numbered', source: '/test', id, data: { id } })
}

function post(body: string | Uint8Array | null, headers: Record<string, string> = {}): Request {
  return new Request(url, {
    method: 'POST',
    body: typeof body === 'object' && body !== null ? Uint8Array.from(body) : body,
    headers,
  })
}

function binary(id = '1', headers: Record<string, string> = {}): Request {
  const ce = { 'ce-specversion': '1.0', 'ce-id': id, 'ce-source': '/test', 'ce-type': 'test.numbered' }
  return post('{"n":1}', { 'content-type': 'application/json', ...ce, ...headers })
}

function wrapped(message: object, rest: object = {}): Request {
  const subscription = 'projects/p/subscriptions/orders-push'
  return post(JSON.stringify({ message, subscription, ...rest }), { 'content-type': 'application/json' })
}

const base64 = (text: string) => Buffer.from(text).toString('base64')

/** A function that notes what it handles, and fails with what `fail` gives. */
function noting(options: Partial<HttpFunctionOptions> = {}, fail: (id: string) => unknown = () => undefined) {
  const seen: CloudEvent[] = []
  const contexts: Context[] = []
  const respond = httpFunction({
    name: 'orders',
    handler: async (each, context) => {
      seen.push(each)
      contexts.push(context)
      const failure = fail(each.id)
      if (failure !== undefined) throw failure
    },
    ...options,
  })
  return { seen, contexts, respond, ids: () => seen.map(({ id }) => id) }
}

async function told(response: Response): Promise<string> {
  return `${response.status} ${await response.text()}`.trim()
}

describe('a function behind HTTP', () => {
  it('takes a push of Pub/Sub, wrapped in JSON', async () => {
    const { seen, contexts, respond } = noting({ topic: 'orders-topic' })
    const message = {
      data: base64('{"n":1}'),
      attributes: {
        'ce-specversion': '1.0',
        'ce-id': '7',
        'ce-source': '/s',
        'ce-type': 't',
        'content-type': 'application/json',
      },
      messageId: '9007199254740993',
      message_id: '9007199254740993',
      publishTime: '2026-01-31T00:00:00.123Z',
      orderingKey: 'k',
    }
    expect(await told(await respond(wrapped(message, { deliveryAttempt: 3 })))).toBe('204')
    expect(seen).toMatchObject([{ id: '7', source: '/s', type: 't', data: { n: 1 } }])
    expect(contexts[0]?.attempt).toBe(3)
    expect(contexts[0]?.delivery).toMatchObject({
      topic: 'orders-topic',
      lane: 'k',
      position: '9007199254740993',
      time: Date.UTC(2026, 0, 31, 0, 0, 0, 123),
    })
  })

  it('takes a wrapped push without attributes as a raw message', async () => {
    const { seen, respond } = noting()
    expect((await respond(wrapped({ data: base64('plain'), messageId: '5' }))).status).toBe(204)
    expect(seen).toMatchObject([{ id: '5', type: 'google.cloud.pubsub.topic.v1.messagePublished' }])
  })

  it('takes a wrapped push without data', async () => {
    const { seen, respond } = noting()
    const message = {
      attributes: { 'ce-specversion': '1.0', 'ce-id': '7', 'ce-source': '/s', 'ce-type': 't' },
      messageId: '5',
    }
    expect((await respond(wrapped(message))).status).toBe(204)
    expect(seen[0]?.data).toBeUndefined()
  })

  it.each(['x-goog-pubsub-ordering-key', 'x-goog-ordering-key'])(
    'takes an unwrapped push with metadata and %s',
    async (keyHeader) => {
      const { seen, contexts, respond } = noting()
      const request = binary('8', { 'x-goog-pubsub-message-id': '77', [keyHeader]: 'k' })
      expect((await respond(request)).status).toBe(204)
      expect(seen).toMatchObject([{ id: '8', data: { n: 1 } }])
      expect(contexts[0]?.delivery).toMatchObject({ position: '77', lane: 'k' })
    },
  )

  it('takes the event inside an event of Eventarc', async () => {
    const { seen, respond } = noting()
    const message = {
      data: base64('{"n":1}'),
      attributes: {
        'ce-specversion': '1.0',
        'ce-id': 'inner',
        'ce-source': '/s',
        'ce-type': 't',
        'content-type': 'application/json',
      },
      messageId: '5',
    }
    const request = post(JSON.stringify({ message, subscription: 'projects/p/subscriptions/eventarc-1' }), {
      'content-type': 'application/json',
      'ce-specversion': '1.0',
      'ce-id': 'outer',
      'ce-source': '//pubsub.googleapis.com/projects/p/topics/t',
      'ce-type': 'google.cloud.pubsub.topic.v1.messagePublished',
    })
    expect((await respond(request)).status).toBe(204)
    expect(seen).toMatchObject([{ id: 'inner', type: 't', data: { n: 1 } }])
  })

  it('takes a CloudEvent in binary mode, percent-encoding decoded', async () => {
    const { seen, respond } = noting()
    expect((await respond(binary('1', { 'ce-subject': 'caf%C3%A9' }))).status).toBe(204)
    expect(seen).toMatchObject([{ id: '1', subject: 'café', data: { n: 1 } }])
  })

  it('takes a CloudEvent in structured mode', async () => {
    const { ids, respond } = noting()
    const request = post(encodeJson(event('s')), {
      'content-type': 'application/cloudevents+json; charset=utf-8',
    })
    expect((await respond(request)).status).toBe(204)
    expect(ids()).toEqual(['s'])
  })

  it('takes a batch in its order, and stops at the first failure', async () => {
    const { ids, respond } = noting({}, (id) => (id === '2' ? new Error('no') : undefined))
    const batch = (...all: readonly string[]) =>
      post(encodeJsonBatch(all.map(event)), { 'content-type': 'application/cloudevents-batch+json' })
    expect((await respond(batch('1', '3'))).status).toBe(204)
    expect((await respond(batch())).status).toBe(204)
    expect(await told(await respond(batch('4', '2', '5')))).toBe('500 the handler failed: see its log')
    expect(ids()).toEqual(['1', '3', '4', '2'])
  })

  it('keeps a batch with its sender where an event of it can never succeed and others were not tried', async () => {
    const { respond } = noting({}, (id) => (id === '1' ? new TerminalError('never') : undefined))
    const batch = (...all: readonly string[]) =>
      post(encodeJsonBatch(all.map(event)), { 'content-type': 'application/cloudevents-batch+json' })
    expect((await respond(batch('1', '2'))).status).toBe(500)
    expect((await respond(batch('2', '1'))).status).toBe(400)
  })

  it.each<[string, Request, string]>([
    [
      'neither an event nor a push',
      post('{"n":1}', { 'content-type': 'application/json' }),
      '400 [http] the request is no CloudEvent and no Pub/Sub push: send',
    ],
    [
      'no JSON',
      post('{"message":', { 'content-type': 'application/json' }),
      '400 [http] the request is no CloudEvent',
    ],
    ['nothing', post(null), '400 [http] the request is no CloudEvent'],
    [
      'an unwrapped push without metadata',
      post('data', { 'content-type': 'text/plain' }),
      '400 [http] the request is no CloudEvent',
    ],
    [
      'an event without an id',
      post(JSON.stringify({ ...attributes, id: undefined }), {
        'content-type': 'application/cloudevents+json',
      }),
      '400 [http] not a valid CloudEvent: "id" is missing',
    ],
    [
      'a push whose data are no Base64',
      wrapped({ data: '%%%', messageId: '1' }),
      '400 [pubsub] "data" of the message is not base64',
    ],
    [
      'a broken batch',
      post('[{}]', { 'content-type': 'application/cloudevents-batch+json' }),
      '400 [http] event 0',
    ],
  ])('answers %s with 400, and the handler never sees it', async (_, request, answer) => {
    const { seen, respond } = noting()
    expect(await told(await respond(request))).toContain(answer)
    expect(seen).toEqual([])
  })

  it('dead-letters what cannot be read where it has a place for that, so that nobody repeats it for ever', async () => {
    await using target = memory()
    const bodies: string[] = []
    const { respond } = noting({ deadLetter: { topic: 'dead', broker: async () => target } })
    target.subscribe({ topic: 'dead', group: 'g' }, (_, { delivery }) => {
      bodies.push(Buffer.from(delivery.message.body ?? '').toString())
    })
    expect((await respond(post('{"message":', { 'content-type': 'application/json' }))).status).toBe(204)
    await eventually('the dead letter', () => bodies.length === 1)
    expect(bodies).toEqual(['{"message":'])
  })

  it.each<[string, unknown, string]>([
    [
      '500 where an attempt fails, without its reason',
      new Error('secret'),
      '500 the handler failed: see its log',
    ],
    [
      '400 where it can never succeed',
      new TerminalError('no such order: correct it'),
      '400 no such order: correct it',
    ],
  ])('answers %s', async (_, failure, answer) => {
    const { respond } = noting({}, () => failure)
    expect(await told(await respond(binary()))).toBe(answer)
  })

  it('answers 503 where the caller has gone before the attempt ended', async () => {
    const gone = new AbortController()
    const respond = httpFunction({
      name: 'f',
      handler: (_, { signal }) => {
        gone.abort()
        return new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason)),
        )
      },
    })
    expect((await respond(new Request(binary(), { signal: gone.signal }))).status).toBe(503)
  })

  it('takes a body of 11 MB, but none beyond 16 MiB, where nothing is set', async () => {
    const { seen, respond } = noting()
    const ce = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/test', 'ce-type': 'test.large' }
    const text = { 'content-type': 'text/plain', ...ce }
    expect((await respond(post('y'.repeat(11_000_000), text))).status).toBe(204)
    expect((await respond(post('z'.repeat(16 * 1_048_576 + 1), text))).status).toBe(413)
    expect(seen.map(({ data }) => String(data).length)).toEqual([11_000_000])
  })

  it('answers 413 to a body beyond the limit, and to headers beyond theirs', async () => {
    const { seen, respond } = noting({ maxBytes: 1_000, maxHeaderBytes: 5_000 })
    expect((await respond(post('x'.repeat(1_001)))).status).toBe(413)
    expect((await respond(binary('1', { 'ce-subject': 's'.repeat(5_000) }))).status).toBe(413)
    expect(seen).toEqual([])
  })

  it('takes 10 000 bytes of headers', async () => {
    const { seen, respond } = noting()
    expect((await respond(binary('1', { 'ce-subject': 's'.repeat(10_000) }))).status).toBe(204)
    expect(seen[0]?.subject).toHaveLength(10_000)
  })

  it('answers though its logger throws', async () => {
    const full = () => {
      throw new Error('disk full')
    }
    const logger = { debug: full, info: full, warn: full, error: full }
    const { respond } = noting({ logger, maxBytes: 2 })
    expect((await respond(binary())).status).toBe(413)
  })

  it('tells that it is up', async () => {
    const { respond } = noting()
    expect(await told(await respond(new Request(url)))).toBe('200 ok')
    expect(await told(await respond(new Request(url, { method: 'HEAD' })))).toBe('200')
    expect(await told(await respond(new Request(url, { method: 'PUT' })))).toBe('405 send events by POST')
  })

  it('grants permission to the senders of webhooks that it knows', async () => {
    const { respond } = noting({
      handshake: { allowedOrigins: ['sender.example'], allowedRatePerMinute: 60 },
    })
    const ask = (origin: string) =>
      respond(new Request(url, { method: 'OPTIONS', headers: { 'webhook-request-origin': origin } }))
    const granted = await ask('sender.example')
    expect([
      granted.status,
      granted.headers.get('webhook-allowed-origin'),
      granted.headers.get('webhook-allowed-rate'),
    ]).toEqual([200, 'sender.example', '60'])
    expect((await ask('stranger.example')).headers.get('webhook-allowed-origin')).toBeNull()
  })
})

describe('a function behind HTTP on Cloud Run', () => {
  afterEach(() => {
    delete process.env.K_SERVICE
  })

  it('must say who may call', () => {
    process.env.K_SERVICE = 'orders'
    expect(() => noting()).toThrow('[http] without "authentication" anybody could send events')
    expect(() => noting({ authentication: 'none' })).toThrow('or "platform" where Cloud Run lets only')
    expect(() => noting({ authentication: 'platform' })).not.toThrow()
  })
})

describe('many requests at once', () => {
  it('run up to the concurrency of the policy; others wait for their turn, and go when nobody waits for them', async () => {
    let running = 0
    let most = 0
    let calls = 0
    const open: (() => void)[] = []
    const { respond } = noting({
      policy: { concurrency: 2 },
      handler: async () => {
        calls++
        most = Math.max(most, ++running)
        await new Promise<void>((resolve) => open.push(resolve))
        running--
      },
    })
    const gone = new AbortController()
    const answers = ['1', '2', '3', '4'].map((id) => respond(binary(id)))
    const left = respond(new Request(binary('5'), { signal: gone.signal }))
    await eventually('two run', () => open.length === 2)
    gone.abort()
    for (let done = 0; done < 4; done++) {
      await eventually('one runs', () => open.length > 0)
      open.shift()?.()
    }
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([204, 204, 204, 204])
    expect((await left).status).not.toBe(204)
    expect([most, calls]).toEqual([2, 4])
  })

  it('are answered 429 where too many wait, which are not read', async () => {
    const open: (() => void)[] = []
    const { respond } = noting({
      policy: { concurrency: 1 },
      handler: () => new Promise<void>((resolve) => open.push(resolve)),
    })
    const answers = Array.from({ length: 17 }, (_, at) => respond(binary(String(at))))
    const refused = await answers[16]
    expect([refused?.status, refused?.headers.get('retry-after')]).toEqual([429, '1'])
    for (let done = 0; done < 16; done++) {
      await eventually('one runs', () => open.length > 0)
      open.shift()?.()
    }
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([...Array(16).fill(204), 429])
    // Room again.
    const again = respond(binary('18'))
    await eventually('it runs', () => open.length > 0)
    open.shift()?.()
    expect((await again).status).toBe(204)
  })

  it('give their place to others when they go while they wait', async () => {
    const open: (() => void)[] = []
    const { respond } = noting({
      policy: { concurrency: 1 },
      handler: () => new Promise<void>((resolve) => open.push(resolve)),
    })
    const first = respond(binary('0'))
    await eventually('it runs', () => open.length > 0)
    const gone = new AbortController()
    const left = Array.from({ length: 15 }, (_, at) =>
      respond(new Request(binary(String(at)), { signal: gone.signal })),
    )
    expect((await respond(binary('refused'))).status).toBe(429)
    // Their bodies are read.
    await idle()
    gone.abort()
    for (const { status } of await Promise.all(left)) expect(status).not.toBe(204)
    const next = respond(binary('next'))
    open.shift()?.()
    await eventually('the next runs', () => open.length > 0)
    open.shift()?.()
    expect([(await first).status, (await next).status]).toEqual([204, 204])
  })
})
