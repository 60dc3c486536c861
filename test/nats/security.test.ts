import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals'
import { nkeys } from 'nats'
import type { Broker } from '../../adapters/core/broker.ts'
import { type ConnectionOptions, jetstream, nats } from '../../adapters/nats/index.ts'
import { type LocalServer, whyUnavailable } from '../../dev/index.ts'
import { authority } from '../certificates.ts'
import { start } from '../cli/command-line.ts'
import { folder } from '../cli/folder.ts'
import { rejectionOf } from '../core/events.ts'
import { describeWith } from '../dev/available.ts'
import { eventually } from '../eventually.ts'
import { numbered } from './local.ts'
import { foreignUser, type SecureNats, startSecureNats, token, user } from './secure.ts'

const wrong = 'a-wrong-secret'
const otherSeed = Buffer.from(nkeys.createUser().getSeed()).toString('utf8')
const { creds: otherCreds, seed: seedOfOther } = foreignUser()
/** What is refused is refused at once: the time for a connection is longer. */
const atOnceMs = 4_000

let secure: SecureNats
let topics = 0
const open: Broker[] = []

interface Way {
  readonly server: LocalServer
  readonly options: ConnectionOptions
}

/** Every way of logging in. */
const ways: Readonly<Record<string, () => Way>> = {
  'user and password': () => ({ server: secure.logins, options: user }),
  'an NKey': () => ({ server: secure.logins, options: { nkey: secure.seed } }),
  'a token': () => ({ server: secure.tokens, options: { token } }),
  'a JWT and its seed': () => ({ server: secure.accounts, options: { creds: secure.creds } }),
  'TLS and a password, by IP address': () => ({
    server: secure.tls,
    options: { ...user, tls: { ca: secure.ca } },
  }),
  'a certificate': () => ({
    server: secure.mutual,
    options: { tls: { ca: secure.ca, ...secure.client } },
  }),
}
const names = Object.keys(ways)

function wayOf(name: string): Way {
  const way = ways[name]
  if (way === undefined) throw new Error(`there is no way ${name}`)
  return way()
}

/** Publishes event after event until it is so: core NATS keeps nothing for a reader that is still on its way. */
async function arrival(broker: Broker, topic: string, isSo: () => boolean, from = 0): Promise<void> {
  let n = from
  const timer = setInterval(() => {
    broker.publish(topic, numbered(++n)).catch(() => {})
  }, 50)
  try {
    await eventually(`an event of ${topic}`, isSo, 15_000)
  } finally {
    clearInterval(timer)
  }
}

if ((await whyUnavailable('nats', { settings: {} })) === undefined) {
  beforeAll(async () => {
    secure = await startSecureNats()
  }, 60_000)
  afterEach(async () => {
    await Promise.all(open.splice(0).map((broker) => broker.close()))
  })
  afterAll(() => secure.stop())
}

for (const [name, connect] of Object.entries({ nats, jetstream })) {
  const refused = async (server: LocalServer, options: ConnectionOptions) => {
    const began = performance.now()
    const error = await rejectionOf(connect({ servers: server.address, ...options }))
    return { error, ms: performance.now() - began }
  }

  await describeWith('nats', `${name}:// on a server that asks who is there`, () => {
    it.each(names)(
      'lets in by %s, and again after the server was restarted',
      async (way) => {
        const { server, options } = wayOf(way)
        const broker = await connect({ servers: server.address, ...options })
        open.push(broker)
        const topic = `${name}-${++topics}`
        await broker.ensure({ topics: [topic] })
        const seen = new Set<number>()
        broker.subscribe({ topic, group: 'g' }, ({ id }) => void seen.add(Number(id)))
        await arrival(broker, topic, () => seen.size > 0)
        await server.kill()
        await server.restart()
        const before = Math.max(...seen)
        await arrival(broker, topic, () => Math.max(...seen) > before + 1_000, before + 1_000)
      },
      30_000,
    )

    it.each<[string, () => LocalServer, () => ConnectionOptions, string]>([
      ['password', () => secure.logins, () => ({ user: user.user, pass: wrong }), 'check "user" and "pass"'],
      ['user', () => secure.logins, () => ({ user: wrong, pass: user.pass }), 'check "user" and "pass"'],
      ['token', () => secure.tokens, () => ({ token: wrong }), 'check "token"'],
      ['NKey', () => secure.logins, () => ({ nkey: otherSeed }), 'check "nkey"'],
      ['misspelt NKey', () => secure.logins, () => ({ nkey: misspelt(otherSeed) }), 'its checksum is wrong'],
      ['account', () => secure.accounts, () => ({ creds: otherCreds }), 'check "creds"'],
      [
        'misspelt seed of a JWT',
        () => secure.accounts,
        () => ({ creds: otherCreds.replace(seedOfOther, misspelt(seedOfOther)) }),
        'option "creds" holds a seed that is misspelt',
      ],
      ['login that is missing', () => secure.logins, () => ({}), 'it wants credentials'],
      [
        'password whose variable is not set',
        () => secure.logins,
        () => ({ user: user.user, pass: process.env.NO_SUCH_PASSWORD }),
        '"pass" has no value: does the environment variable that holds it exist?',
      ],
    ])('refuses a wrong %s at once, in words that never show it', async (_, server, options, words) => {
      const { error, ms } = await refused(server(), options())
      expect(error).toMatchObject({ code: 'ERR_CONFIG', message: expect.stringContaining(words) })
      expect(ms).toBeLessThan(atOnceMs)
      const shown = inspect(error, { depth: 12, showHidden: true })
      for (const secret of [wrong, user.pass, otherSeed.slice(0, 50), seedOfOther.slice(0, 50)])
        expect(shown).not.toContain(secret)
    })

    it.each<[string, () => LocalServer, () => ConnectionOptions, string]>([
      ['an authority of nobody', () => secure.tls, () => ({ ...user }), 'give "ca" or "caFile" in "tls"'],
      [
        'TLS where there is none',
        () => secure.logins,
        () => ({ ...user, tls: {} }),
        'it has no TLS: leave "tls" out',
      ],
      [
        'a file that is not there',
        () => secure.tls,
        () => ({ ...user, tls: { ca: secure.ca, certFile: secure.client.key } }),
        'check "tls": its files must be there',
      ],
    ])('refuses a client with %s at once, and says what to check', async (_, server, options, words) => {
      const { error, ms } = await refused(server(), options())
      expect(error).toMatchObject({ code: 'ERR_CONFIG', message: expect.stringContaining(words) })
      expect(ms).toBeLessThan(atOnceMs)
      expect(inspect(error, { depth: 12 })).not.toContain(secure.client.key.slice(30, 90))
    })

    it('refuses a server whose certificate another authority gave, or is for another name', async () => {
      const { cert } = await authority('another authority')
      const stranger = await refused(secure.tls, { ...user, tls: { ca: cert } })
      expect(stranger.error).toMatchObject({ code: 'ERR_CONFIG' })
      const servers = secure.tls.address.replace('127.0.0.1', 'localhost')
      const renamed = await refused(secure.tls, { ...user, servers, tls: { ca: secure.ca } })
      expect(renamed.error).toMatchObject({
        code: 'ERR_CONFIG',
        message: expect.stringContaining('not valid for this address'),
      })
    })

    it('says that a server which falls silent may want a certificate', async () => {
      const { error } = await refused(secure.mutual, { tls: { ca: secure.ca }, connectMs: 1_000 })
      expect(error).toMatchObject({
        code: 'ERR_TIMEOUT',
        message: expect.stringContaining('may want a certificate of this client'),
      })
    })
  })
}

await describeWith('nats', 'a configuration file for NATS', () => {
  const made = folder({
    'waybill.config.ts': `export default {
      brokers: {
        main: { url: 'nats://127.0.0.1:1', user: 'ann', pass: process.env.NATS_PASSWORD, connectMs: 3_000 },
      },
      functions: {},
    }`,
  })
  afterAll(() => made.remove())

  const emit = (url: string, env: Readonly<Record<string, string>>) =>
    start(['emit', 'cli', '--type', 't'], { cwd: made.path, env: { WAYBILL_BROKER_MAIN: url, ...env } })
      .finished

  it('takes credentials from the environment, the address by variable, and authorities as Node does', async () => {
    const ca = join(made.path, 'ca.pem')
    writeFileSync(ca, secure.ca)
    const [plain, tls] = [`nats://${secure.logins.address}`, `nats://${secure.tls.address}`]
    const [right, overTls, bad] = await Promise.all([
      emit(plain, { NATS_PASSWORD: user.pass }),
      emit(tls, { NATS_PASSWORD: user.pass, NODE_EXTRA_CA_CERTS: ca }),
      emit(plain, { NATS_PASSWORD: wrong }),
    ])
    expect(right).toMatchObject({ code: 0, stderr: '' })
    expect(overTls).toMatchObject({ code: 0, stderr: '' })
    expect(bad).toMatchObject({
      code: 2,
      stderr: `[nats] brokers.main: the server ${secure.logins.address} refused the connection (AUTHORIZATION_VIOLATION): check "user" and "pass"\n`,
    })
  }, 30_000)
})

/** With another last character, which holds a part of the checksum. */
function misspelt(seed: string): string {
  return seed.slice(0, -2) + (seed.endsWith('AA') ? 'BB' : 'AA')
}
