import { lookup } from 'node:dns/promises'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { type CallbackOptions, confirmCallback, handshakeResponse } from '../../adapters/http/index.ts'
import { isPublicAddress } from '../../adapters/http/public-address.ts'
import { rejectionOf } from '../core/events.ts'
import { idle, manualClock } from '../manual-clock.ts'

const origin = 'orders.example.com'

describe('the answer to a handshake', () => {
  const ask = (headers: Record<string, string>, policy: object = {}) =>
    handshakeResponse({ headers }, { allowedOrigins: [origin], ...policy })

  it('is refused where the list of origins is a text', () => {
    expect(() => ask({ 'webhook-request-origin': origin }, { allowedOrigins: origin })).toThrow(
      '[http] "allowedOrigins" is no list of DNS names: give an array of them, or *',
    )
  })

  it.each<[Record<string, string>, object, Record<string, string>]>([
    [
      { 'webhook-request-origin': origin },
      {},
      { 'webhook-allowed-origin': origin, 'webhook-allowed-rate': '*' },
    ],
    [
      { 'WebHook-Request-Origin': 'ORDERS.example.com' },
      { allowedOrigins: '*' },
      { 'webhook-allowed-origin': '*', 'webhook-allowed-rate': '*' },
    ],
    [
      { 'webhook-request-origin': origin, 'webhook-request-rate': '120' },
      { allowedRatePerMinute: 60 },
      { 'webhook-allowed-origin': origin, 'webhook-allowed-rate': '60' },
    ],
    [
      { 'webhook-request-origin': origin, 'webhook-request-rate': '12' },
      { allowedRatePerMinute: 60 },
      { 'webhook-allowed-origin': origin, 'webhook-allowed-rate': '12' },
    ],
    [
      { 'webhook-request-origin': origin, 'webhook-request-rate': '-1e9' },
      { allowedRatePerMinute: 60 },
      { 'webhook-allowed-origin': origin, 'webhook-allowed-rate': '60' },
    ],
    [
      { 'webhook-request-origin': origin, 'webhook-request-callback': 'https://orders.example.com/c' },
      {},
      { 'webhook-allowed-origin': origin, 'webhook-allowed-rate': '*' },
    ],
  ])('permits %j under %j', (headers, policy, granted) => {
    expect(ask(headers, policy)).toEqual({ status: 200, headers: { allow: 'POST', ...granted } })
  })

  it.each<[Record<string, string>, object]>([
    [{}, {}],
    [{ 'webhook-request-origin': '' }, { allowedOrigins: '*' }],
    [{ 'webhook-request-origin': 'evil.example' }, {}],
    [{ 'webhook-request-origin': `sub.${origin}` }, {}],
    [{ 'webhook-request-origin': '*' }, {}],
    [
      { 'webhook-request-origin': 'evil.example', 'webhook-request-callback': 'https://evil.example' },
      { callbacks: true },
    ],
  ])('permits nothing to %j', (headers, policy) => {
    expect(ask(headers, policy)).toEqual({ status: 200, headers: { allow: 'POST' } })
  })

  it('leaves permission to the callback where callbacks are wanted', () => {
    const headers = {
      'webhook-request-origin': origin,
      'webhook-request-callback': 'https://orders.example.com/c',
    }
    expect(ask(headers, { callbacks: true })).toEqual({
      status: 200,
      headers: { allow: 'POST' },
      callback: 'https://orders.example.com/c',
    })
  })
})

describe('a public address', () => {
  it.each([
    '1.1.1.1',
    '8.8.8.8',
    '172.15.255.255',
    '172.32.0.1',
    '100.63.0.1',
    '100.128.0.1',
    '223.255.255.255',
    '2606:4700::1111',
    '2a00:1450:4001::1',
    '2001:4860:4860::8888',
    '3ffe::1',
  ])('is %s', (address) => expect(isPublicAddress(address)).toBe(true))

  it.each([
    ...['0.0.0.0', '0.1.2.3', '10.0.0.1', '100.64.0.1', '100.127.255.255', '127.0.0.1', '127.255.255.255'],
    ...[
      '169.254.169.254',
      '172.16.0.1',
      '172.31.255.255',
      '192.0.0.8',
      '192.0.2.1',
      '192.88.99.1',
      '192.168.1.1',
    ],
    ...[
      '198.18.0.1',
      '198.19.255.255',
      '198.51.100.1',
      '203.0.113.1',
      '224.0.0.1',
      '239.1.1.1',
      '240.0.0.1',
      '255.255.255.255',
    ],
    ...[
      '::',
      '::1',
      '::ffff:127.0.0.1',
      '::ffff:8.8.8.8',
      '::ffff:a9fe:a9fe',
      '::8.8.8.8',
      '64:ff9b::8.8.8.8',
      '64:ff9b:1::1',
    ],
    ...[
      '100::1',
      '2001::1',
      '2001:0:4136:e378::',
      '2001:10::1',
      '2001:db8::1',
      '2002:7f00:1::',
      '3fff::1',
      'fc00::1',
      'fd12::1',
    ],
    ...['fe80::1', 'fe80::1%eth0', 'fec0::1', 'ff02::1', '5f00::1', '4000::1'],
    ...[
      '',
      'localhost',
      '0x7f.1',
      '2130706433',
      '0177.0.0.1',
      '127.1',
      '1.1.1',
      '1.1.1.1.1',
      '01.1.1.1',
      '256.1.1.1',
      '1.1.1.1 ',
      '[::1]',
      '2606:4700:::1',
      '1::2::3',
      '12345::',
      ':',
      '::1]/[::2',
      '２.２.２.２',
    ],
  ])('is not %j', (address) => expect(isPublicAddress(address)).toBe(false))

  it('is decided about any text', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.ipV6(), fc.ipV4Extended()),
        (text) => typeof isPublicAddress(text) === 'boolean',
      ),
    )
  })
})

interface Call {
  readonly url: string
  readonly init: RequestInit
  readonly addresses: readonly string[]
}

function setUp(changes: Partial<CallbackOptions> = {}, status = 200) {
  const calls: Call[] = []
  const options: CallbackOptions = {
    allowedHosts: ['orders.example.com', 'odd.example.com:8443', '10.0.0.1', '[::1]', '8.8.8.8', '127.0.0.1'],
    lookup: async () => [{ address: '1.1.1.1' }, { address: '2606:4700::1111' }],
    fetch: async (url, init, addresses) => {
      calls.push({ url, init, addresses })
      return new Response(null, { status, headers: { location: 'http://169.254.169.254/' } })
    },
    ...changes,
  }
  return { options, calls }
}

describe('a callback', () => {
  it('is confirmed by a POST to a host that is allowed and public', async () => {
    const { options, calls } = setUp({ allowedRatePerMinute: 60 })
    await confirmCallback('https://orders.example.com/confirm?key=k#fragment', options)
    await confirmCallback('https://odd.example.com:8443/', options)
    await confirmCallback('https://8.8.8.8/', options)
    expect(calls.map(({ url }) => url)).toEqual([
      'https://orders.example.com/confirm?key=k',
      'https://odd.example.com:8443/',
      'https://8.8.8.8/',
    ])
    expect(calls[0]?.init).toMatchObject({
      method: 'POST',
      redirect: 'manual',
      headers: { 'webhook-allowed-rate': '60' },
    })
    expect(calls.map(({ addresses }) => addresses)).toEqual([
      ['1.1.1.1', '2606:4700::1111'],
      ['1.1.1.1', '2606:4700::1111'],
      ['8.8.8.8'],
    ])
  })

  it.each([
    ['canary', 'the callback (not shown) is no URL: use https://host/path'],
    ['http://orders.example.com/?canary', 'the callback to "orders.example.com" is not https: use https://'],
    ['file:///etc/passwd?canary', 'the callback to "" is not https: use https://'],
    ['https://me:canary@orders.example.com/', 'the callback to "orders.example.com" holds credentials'],
    ['https://orders.example.com@evil.example/?canary', 'the callback to "evil.example" holds credentials'],
    [
      'https://evil.example/?canary',
      'the callback host "evil.example" is not allowed: add it to "allowedHosts"',
    ],
    ['https://orders.example.com.evil.example/', 'is not allowed'],
    ['https://orders.example.com./', 'is not allowed'],
    ['https://orders.example.com:8443/', 'the callback host "orders.example.com:8443" is not allowed'],
    ['https://odd.example.com/', 'is not allowed'],
    [
      'https://10.0.0.1/?canary',
      'the callback host "10.0.0.1" is not in the public Internet: it is not called',
    ],
    ['https://[::1]/', 'the callback host "::1" is not in the public Internet'],
    ...['0x7f.1', '2130706433', '0177.0.0.1', '127.1', '0x7f000001', '127.0.0.1', '１２７.0.0.1'].map(
      (host): [string, string] => [
        `https://${host}/`,
        'the callback host "127.0.0.1" is not in the public Internet',
      ],
    ),
    ['https://[::ffff:127.0.0.1]/', 'is not allowed'],
  ])('to %s is refused', async (url, text) => {
    const { options, calls } = setUp()
    const error = await rejectionOf(confirmCallback(url, options))
    expect(error).toMatchObject({ code: 'ERR_CONFIG' })
    expect(Reflect.get(Object(error), 'message')).toContain(text)
    expect(Reflect.get(Object(error), 'message')).not.toContain('canary')
    expect(calls).toEqual([])
  })

  it.each([
    ['a text', 'orders.example.com'],
    ['no text', [5]],
    ['nothing', undefined],
  ])('is refused where the list of hosts is %s', async (_, allowedHosts) => {
    const { options, calls } = setUp()
    const wrong = Object.assign(options, { allowedHosts })
    expect(await rejectionOf(confirmCallback('https://orders.example.com/', wrong))).toMatchObject({
      code: 'ERR_CONFIG',
      message: '[http] "allowedHosts" is no list of hosts: give an array of "host" or "host:port"',
    })
    expect(calls).toEqual([])
  })

  it.each(['127.0.0.1', '169.254.169.254', '::ffff:10.0.0.1', 'fd00::1', 'nonsense'])(
    'to a name with one address that is not public (%s) is refused',
    async (address) => {
      const { options, calls } = setUp({ lookup: async () => [{ address: '1.1.1.1' }, { address }] })
      expect(await rejectionOf(confirmCallback('https://orders.example.com/', options))).toMatchObject({
        message: expect.stringContaining('is not in the public Internet'),
      })
      expect(calls).toEqual([])
    },
  )

  it('to localhost is refused with the lookup of Node.js', async () => {
    const { options, calls } = setUp({ allowedHosts: ['localhost'], lookup })
    expect(await rejectionOf(confirmCallback('https://localhost/', options))).toMatchObject({
      code: 'ERR_CONFIG',
    })
    expect(calls).toEqual([])
  })

  it('to a name without an address, or that cannot be looked up, fails', async () => {
    for (const look of [async () => [], () => Promise.reject(new Error('ENOTFOUND'))]) {
      const { options } = setUp({ lookup: look })
      expect(await rejectionOf(confirmCallback('https://orders.example.com/', options))).toMatchObject({
        code: 'ERR_PUBLISH',
      })
    }
  })

  it('follows no redirect and takes no error for success', async () => {
    for (const status of [301, 302, 307, 404, 500]) {
      const { options, calls } = setUp({}, status)
      expect(await rejectionOf(confirmCallback('https://orders.example.com/?canary', options))).toMatchObject(
        {
          code: 'ERR_PUBLISH',
          message: `[http] POST orders.example.com (callback) was answered ${status}: ask the sender, which gets no permission`,
        },
      )
      expect(calls).toHaveLength(1)
    }
  })

  it('waits for neither a name server nor a sender for ever', async () => {
    const clock = manualClock()
    const never = () => new Promise<never>(() => {})
    const looking = rejectionOf(
      confirmCallback('https://orders.example.com/', setUp({ lookup: never, clock }).options),
    )
    await clock.advance(10_000)
    expect(await looking).toMatchObject({ code: 'ERR_TIMEOUT' })
    const fetch: CallbackOptions['fetch'] = (_, { signal }) =>
      new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
    const calling = rejectionOf(
      confirmCallback('https://orders.example.com/', setUp({ fetch, clock, timeoutMs: 50 }).options),
    )
    await idle()
    await clock.advance(50)
    expect(await calling).toMatchObject({ code: 'ERR_TIMEOUT' })
  })
})
