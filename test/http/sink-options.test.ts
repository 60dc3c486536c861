import { inspect } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { type HttpOptions, http, httpDriver } from '../../adapters/http/index.ts'
import { connect } from '../../adapters/index.ts'
import { rejectionOf, thrownBy } from '../core/events.ts'
import { hastyClock } from './hasty-clock.ts'
import { message } from './messages.ts'
import { answering, receiver } from './receiver.ts'

const url = 'https://example.com/hook'

async function refusal(options: object): Promise<unknown> {
  const error = await rejectionOf(connect({ url, ...options }))
  expect(error).toMatchObject({ code: 'ERR_CONFIG' })
  return Reflect.get(Object(error), 'message')
}

describe('an option that is wrong', () => {
  it.each<[object, string]>([
    [{ concurrency: 0 }, '[http] "concurrency" is out of range: use a whole number, 1 to 1024'],
    [{ concurrency: 1.5 }, '[http] "concurrency" is out of range: use a whole number, 1 to 1024'],
    [{ concurrency: '9' }, '[waybill] option "concurrency" of https:// is a string: use a number'],
    [{ timeoutMs: 0 }, '[http] "timeoutMs" is out of range: use a whole number, 1 to 300000'],
    [{ timeoutMs: 300_001 }, '[http] "timeoutMs" is out of range: use a whole number, 1 to 300000'],
    [{ timeoutMs: Number.NaN }, '[http] "timeoutMs" is out of range: use a whole number, 1 to 300000'],
    [{ maxRetryAfterMs: -1 }, '[http] "maxRetryAfterMs" is out of range: use a whole number, 0 or more'],
    [{ maxMessageBytes: 0 }, '[http] "maxMessageBytes" is out of range: use a whole number, 1 or more'],
    [{ batch: 0, mode: 'structured' }, '[http] "batch" is out of range: use a whole number, 1 to 1024'],
    [{ batch: 2 }, '[http] "batch" needs whole events in bodies: set "mode" to structured'],
    [{ batch: 2, mode: 'binary' }, '[http] "batch" needs whole events in bodies: set "mode" to structured'],
    [{ mode: 'json' }, '[http] option "mode" is not valid: use auto, binary, structured'],
    [{ fetch: 'fetch' }, '[http] "fetch" is no function: leave it out, or give one like the platform\'s'],
    [{ clock: 5 }, '[http] "clock" is no clock: give an object with now() and after(ms, run)'],
    [{ timeout: 5 }, '[waybill] unknown option "timeout" of https://: did you mean "timeoutMs"?'],
    [
      { token: 'canary' },
      '[waybill] option "token" of https:// looks like a secret: give it by the environment; its value is not shown',
    ],
    [{ headers: 'x-a: b' }, "[http] \"headers\" is no object: give { 'header-name': 'text' }"],
    [{ headers: { 'x-a': 5 } }, '[http] "headers" has no text for "x-a": give one'],
    [
      { headers: { 'x a': 'b' } },
      '[http] "headers" holds "x a", which is no header name: use letters and "-"',
    ],
    [
      { headers: { 'x-a': 'b\r\nx-c: d' } },
      '[http] header "x-a" holds characters that HTTP cannot carry: use ASCII',
    ],
    [
      { headers: { 'X-A': '1', 'x-a': '2' } },
      '[http] header "x-a" is given twice: give it once, in any case',
    ],
    [{ headers: { 'ce-type': 'x' } }, '[http] "headers" holds "ce-type", an attribute: set it on the event'],
    [
      { headers: { 'WebHook-Request-Origin': 'x' } },
      '[http] "headers" holds "WebHook-Request-Origin": use the option "handshake"',
    ],
    [
      { headersEnv: { 'x-a': 'sk-live-canary' } },
      '[http] header "x-a" comes from no environment variable (not shown): give a variable\'s name',
    ],
    [
      { headersEnv: { 'x-a': 'MISSING' }, env: {} },
      '[http] header "x-a" is missing: set the environment variable MISSING',
    ],
    [
      { tokenEnv: 'EMPTY', env: { EMPTY: '' } },
      '[http] the bearer token is missing: set the environment variable EMPTY',
    ],
    [
      { tokenEnv: 'T', env: { T: 'canary\n' } },
      '[http] the bearer token holds spaces at an end, a line break or what HTTP cannot carry: correct T',
    ],
    [
      { tokenEnv: 'T', headersEnv: { Authorization: 'T' }, env: { T: 'x' } },
      '[http] header "authorization" is given twice: give it once, in any case',
    ],
    [{ handshake: 'me' }, '[http] "handshake" is no object: give { origin }'],
    [{ handshake: {} }, '[http] "handshake.origin" is no DNS name: give one, such as orders.example.com'],
    [
      { handshake: { origin: 'https://a.example' } },
      '[http] "handshake.origin" is no DNS name: give one, such as orders.example.com',
    ],
    [
      { handshake: { origin: 'a.example', rate: 5 } },
      '[http] unknown key of "handshake" "rate": did you mean "ratePerMinute"?',
    ],
    [
      { handshake: { origin: 'a.example', ratePerMinute: 0 } },
      '[http] "handshake.ratePerMinute" is no count: give 1 or more requests a minute',
    ],
    [
      { handshake: { origin: 'a.example', callback: 'http://a.example/?canary' } },
      '[http] "handshake.callback" (not shown) is no https:// URL without credentials: give one',
    ],
  ])('%j', async (options, text) => {
    expect(await refusal(options)).toBe(text)
  })

  it.each(['authorization', 'Cookie', 'x-api-key', 'aeg-sas-key', 'X-Auth', 'x-secret', 'x-signature'])(
    'is a secret among the plain headers: %s',
    async (name) => {
      expect(await refusal({ headers: { [name]: 'canary' } })).toBe(
        `[http] "headers" holds "${name}", which looks like a secret: name its environment variable in "headersEnv"`,
      )
    },
  )

  it.each(['content-type', 'Content-Length', 'host', 'connection', 'transfer-encoding', 'te', 'expect'])(
    'is a header of the request itself: %s',
    async (name) => {
      for (const option of ['headers', 'headersEnv']) {
        expect(await refusal({ [option]: { [name]: 'HOME' }, env: { HOME: 'x' } })).toBe(
          `[http] "${option}" holds "${name}", which each request sets itself: remove it`,
        )
      }
    },
  )
})

describe('an address that is wrong', () => {
  it.each([
    ['https://', 'the address is no URL (not shown: it may be secret): use https://host/path'],
    ['https://a:80,b:81/', 'the address is no URL (not shown: it may be secret): use https://host/path'],
    ['https://a:99999/', 'the address is no URL (not shown: it may be secret): use https://host/path'],
    ['https://{topic}.example/', '{topic} stands outside the path: write https://host/{topic}'],
    ['https://a.example/?t={topic}', '{topic} stands outside the path: write https://host/{topic}'],
    ['https://a.example/{topic}/{topic}', 'the address holds {topic} twice: write it once'],
    ['https://a.example/?sig=canary', 'parameter "sig" looks like a secret: use "tokenEnv" or "headersEnv"'],
    ['https://a.example/?key=canary', 'parameter "key" looks like a secret: use "tokenEnv" or "headersEnv"'],
    [
      'https://a.example/?access_token=canary',
      'URL parameter "access_token" of https:// looks like a secret: give it by the environment; its value is not shown',
    ],
    [
      'https://me:canary@a.example/',
      'the URL https://*** holds credentials: give them as options or by the environment',
    ],
    ['https://a.example/#x', 'the URL https://a.example/#… has a fragment (#…): remove it'],
  ])('%s', async (wrong, text) => {
    const message = Reflect.get(Object(await rejectionOf(connect(wrong))), 'message')
    expect(message).toMatch(/^\[(http|waybill)\] /)
    expect(message).toContain(text)
    expect(message).not.toContain('canary')
  })

  it.each([
    ['ftp://a.example/', 'begins with ftp://: use https://'],
    ['https://me:canary@a.example/', 'the address holds credentials (not shown)'],
    ['https://a.example/?access_token=canary', 'parameter "access_token" looks like a secret'],
    ['https://a.example/#x', 'the address has a fragment (#…): remove it'],
    ['canary', 'the address is no URL (not shown'],
  ])('given to the constructor: %s', (wrong, text) => {
    const message = Reflect.get(Object(thrownBy(() => http({ url: wrong }))), 'message')
    expect(message).toContain(text)
    expect(message).not.toContain('canary')
  })

  it('is absent', () => {
    const nothing: HttpOptions = JSON.parse('{}')
    expect(() => http(nothing)).toThrow('[http] "url" is missing: give an https:// address')
    expect(() => http(JSON.parse('null'))).toThrow('[http] the sink needs options: give { url }')
    expect(() => http(JSON.parse('{ "url": "https://a.example", "timeout": 1 }'))).toThrow(
      '[http] unknown option "timeout": did you mean "timeoutMs"?',
    )
  })
})

describe('secrets', () => {
  it('come from the environment of the process where none is given', async () => {
    await using server = await receiver()
    process.env.WAYBILL_TEST_TOKEN = 'abc'
    try {
      await httpDriver({ url: server.url, tokenEnv: 'WAYBILL_TEST_TOKEN' }).send('t', [message('1')])
      expect(server.requests[0]?.headers.authorization).toBe('Bearer abc')
    } finally {
      delete process.env.WAYBILL_TEST_TOKEN
    }
  })

  it('that travel unencrypted are warned of', async () => {
    const warnings: object[] = []
    const ignore = () => {}
    const warn = (fields: object, text: string) => void warnings.push({ ...fields, text })
    const logger = { debug: ignore, info: ignore, error: ignore, warn }
    const secret = { tokenEnv: 'T', env: { T: 'canary' } }
    for (const safe of ['https://a.example', 'http://localhost:8080', 'http://127.0.0.1', 'http://[::1]/'])
      await (await connect({ url: safe, ...secret }, logger)).close()
    await (await connect('http://a.example', logger)).close()
    expect(warnings).toEqual([])
    await (await connect({ url: 'http://a.example/x?y=canary', ...secret }, logger)).close()
    expect(warnings).toEqual([
      { host: 'a.example', text: '[http] credentials travel unencrypted: use https://' },
    ])
  })

  it('and the values of the query are in no error and no log, whatever goes wrong', async () => {
    const canary = 'c4n4ry'
    await using server = await receiver()
    const answers = fc.constantFrom(200, 301, 400, 401, 404, 410, 413, 415, 429, 500, 503, 0)
    const written: unknown[] = []
    const write = (...words: unknown[]) => void written.push(words)
    const logger = { debug: write, info: write, warn: write, error: write }
    await fc.assert(
      fc.asyncProperty(answers, fc.string(), fc.boolean(), async (status, noise, asks) => {
        server.behave = (request) => (response, _, socket) => {
          const headers = { location: `/${canary}`, 'retry-after': '9999', 'webhook-allowed-origin': canary }
          if (status === 0) socket.destroy()
          else answering(status, { ...headers, 'x-body': canary })(response, request, socket)
        }
        const options = {
          clock: hastyClock,
          timeoutMs: 300_000,
          url: `${server.url}/in/{topic}?tenant=${canary}`,
          tokenEnv: 'T',
          headersEnv: { 'x-own': 'K', 'x-more': 'N' },
          env: { T: canary, K: `${canary}${noise}`, N: `${noise}${canary}` },
          ...(asks && { handshake: { origin: 'a.example', callback: `https://a.example/?k=${canary}` } }),
        }
        const attempt = async () => {
          await using sink = await connect(options, logger)
          await sink.publish(noise, {
            ...JSON.parse('{}'),
            specversion: '1.0',
            id: '1',
            source: '/s',
            type: 't',
          })
        }
        const outcome: unknown = await attempt().catch((error: unknown) => error)
        const own = inspect([outcome, written], { depth: 20, showHidden: true })
        expect(own).not.toContain(canary)
      }),
      { numRuns: 60 },
    )
  }, 60_000)
})
