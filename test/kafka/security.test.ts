import { inspect } from 'node:util'
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals'
import type { Broker } from '../../adapters/core/broker.ts'
import { createEvent } from '../../adapters/core/event.ts'
import { PublishError } from '../../adapters/index.ts'
import { type KafkaOptions, kafka } from '../../adapters/kafka/index.ts'
import { authority } from '../certificates.ts'
import { start } from '../cli/command-line.ts'
import { folder } from '../cli/folder.ts'
import { rejectionOf } from '../core/events.ts'
import { describeWith } from '../dev/available.ts'
import { eventually } from '../eventually.ts'
import { recordedLog } from '../nats/local.ts'
import { type SecureKafka, startSecureKafka, token, user } from './secure.ts'

const wrong = 'a-wrong-secret'
const soon = { heartbeatMs: 50, maxWaitMs: 20, sessionTimeoutMs: 6_000, rebalanceTimeoutMs: 6_000 } as const
/** What is refused is refused at once, and not after half a minute of attempts. */
const atOnceMs = 8_000

let secure: SecureKafka
let topics = 0
const open: Broker[] = []

async function connected(options: KafkaOptions, logger = recordedLog().logger) {
  const broker = await kafka({ ...soon, partitions: 1, ...options }, logger)
  open.push(broker)
  return broker
}

const event = (id: string) => createEvent({ type: 'test.secured', source: '/test', id })

/** Creates a topic, publishes and reads one event. */
async function roundTrip(broker: Broker, topic = `t${++topics}`) {
  await broker.ensure({ topics: [topic] })
  const seen: string[] = []
  const { done } = broker.subscribe({ topic, group: `g-${topic}` }, ({ id }) => void seen.push(id))
  done.catch(() => {})
  await broker.publish(topic, event('1'))
  await eventually('the event', () => seen.includes('1'), 15_000)
  return { topic, seen }
}

/** What each call of a broker says that cannot log in, and how long all of them took. */
async function refusals(broker: Broker): Promise<{ readonly errors: readonly Error[]; readonly ms: number }> {
  const began = performance.now()
  const publishing = await rejectionOf(broker.publish('t', event('1')))
  const errors = [
    await rejectionOf(broker.ping()),
    publishing instanceof PublishError ? publishing.failures[0]?.error : publishing,
    await rejectionOf(broker.subscribe({ topic: 't', group: 'g' }, () => {}).done),
    await rejectionOf(broker.ensure({ topics: ['t'] })),
  ]
  return { errors: errors.filter((each) => each instanceof Error), ms: performance.now() - began }
}

type Sasl = NonNullable<KafkaOptions['sasl']>

const { username } = user
const plain = (password: string = user.password): Sasl => ({ mechanism: 'plain', username, password })
const scram = (password: string = user.password): Sasl => ({ mechanism: 'scram-sha-512', username, password })
const scram256 = (password: string = user.password): Sasl => ({
  mechanism: 'scram-sha-256',
  username,
  password,
})
const bearer = (value: () => string): Sasl => ({
  mechanism: 'oauthbearer',
  oauthBearerProvider: async () => ({ value: value() }),
})

await describeWith('kafka', 'a Kafka broker that asks who is there', () => {
  beforeAll(async () => {
    secure = await startSecureKafka()
  }, 120_000)
  afterEach(async () => {
    await Promise.all(open.splice(0).map((broker) => broker.close()))
  })
  afterAll(() => secure.server.stop())

  it.each<[string, () => KafkaOptions]>([
    ['a password', () => ({ brokers: secure.sasl, sasl: Object.freeze(plain()) })],
    ['SCRAM-SHA-256', () => ({ brokers: secure.sasl, sasl: scram256() })],
    ['SCRAM-SHA-512', () => ({ brokers: secure.sasl, sasl: scram() })],
    ['a token', () => ({ brokers: secure.sasl, sasl: bearer(token) })],
    ['TLS', () => ({ brokers: secure.tls, ssl: { ca: [secure.ca] } })],
    ['a certificate', () => ({ brokers: secure.mutual, ssl: { ca: [secure.ca], ...secure.client } })],
    ['TLS and a password', () => ({ brokers: secure.saslTls, ssl: { ca: [secure.ca] }, sasl: scram() })],
  ])(
    'lets in by %s',
    async (_, options) => {
      await roundTrip(await connected(options()))
    },
    30_000,
  )

  it.each<[string, Sasl, RegExp]>([
    ['password', plain(wrong), /Invalid username or password: check the credentials in "sasl"/],
    ['password of SCRAM', scram256(wrong), /invalid credentials.*: check the credentials in "sasl"/],
    [
      'user of SCRAM',
      { mechanism: 'scram-sha-512', username: 'bob', password: wrong },
      /check the credentials in "sasl"/,
    ],
    ['token', bearer(() => wrong), /does not accept the token.*check what "oauthBearerProvider" gives/],
    ['expired token', bearer(() => token({ iat: 1, exp: 2, jti: wrong })), /does not accept the token/],
  ])(
    'refuses a wrong %s at once, in words that never show it',
    async (_, sasl, words) => {
      const { logger, lines } = recordedLog()
      const { errors, ms } = await refusals(await connected({ brokers: secure.sasl, sasl }, logger))
      expect(errors).toHaveLength(4)
      for (const error of errors)
        expect(error).toMatchObject({ code: 'ERR_CONFIG', message: expect.stringMatching(words) })
      expect(ms).toBeLessThan(atOnceMs)
      const shown = inspect([errors, lines], { depth: 12, showHidden: true })
      for (const secret of [wrong, Buffer.from(wrong).toString('base64')]) expect(shown).not.toContain(secret)
    },
    30_000,
  )

  it.each<[string, () => KafkaOptions, string, RegExp]>([
    [
      'no credentials',
      () => ({ brokers: secure.sasl }),
      'ERR_TIMEOUT',
      /wants TLS or credentials: check "ssl" and "sasl"/,
    ],
    [
      'no TLS',
      () => ({ brokers: secure.tls }),
      'ERR_TIMEOUT',
      /wants TLS or credentials: check "ssl" and "sasl"/,
    ],
    [
      'an authority of nobody',
      () => ({ brokers: secure.tls, ssl: true }),
      'ERR_CONFIG',
      /not trusted here: give "ca" in "ssl"/,
    ],
    [
      'no certificate',
      () => ({ brokers: secure.mutual, ssl: { ca: [secure.ca] } }),
      'ERR_CONFIG',
      /\(.*alert bad certificate\).*give "cert" and "key"/,
    ],
    [
      'another name',
      () => ({ brokers: secure.tls.replace('127.0.0.1', 'localhost'), ssl: { ca: [secure.ca] } }),
      'ERR_CONFIG',
      /not valid for this address/,
    ],
    [
      'TLS where there is none',
      () => ({ brokers: secure.plain, ssl: { ca: [secure.ca] } }),
      'ERR_TIMEOUT',
      /does it speak TLS at this port/,
    ],
    [
      'a password where none is asked',
      () => ({ brokers: secure.plain, sasl: plain() }),
      'ERR_CONFIG',
      /takes no credentials at this port/,
    ],
  ])(
    'refuses a client with %s at once, and says what to check',
    async (_, options, code, words) => {
      const { errors, ms } = await refusals(await connected(options()))
      expect(errors).toHaveLength(4)
      for (const error of errors) expect(error).toMatchObject({ code, message: expect.stringMatching(words) })
      expect(ms).toBeLessThan(atOnceMs)
    },
    30_000,
  )

  it('refuses a client that trusts another authority', async () => {
    const { cert } = await authority('another authority')
    const broker = await connected({ brokers: secure.tls, ssl: { ca: [cert] } })
    await expect(broker.ping()).rejects.toMatchObject({ code: 'ERR_CONFIG' })
  })

  it('asks again for a token where its issuer fails, and says so where it goes on failing', async () => {
    let calls = 0
    const flaky = () => {
      if (++calls === 1) throw new Error('the issuer is away')
      return token()
    }
    await (await connected({ brokers: secure.sasl, sasl: bearer(flaky) })).ping()
    const dead = bearer(() => {
      throw new Error('the issuer is away')
    })
    await expect((await connected({ brokers: secure.sasl, sasl: dead })).ping()).rejects.toMatchObject({
      code: 'ERR_TIMEOUT',
      message: expect.stringMatching(
        /"oauthBearerProvider" failed: the issuer is away.*check what gives the token/,
      ),
    })
  })

  it('is logged in to again after it was killed and restarted, with a token that is asked for anew', async () => {
    const away: string[] = []
    const sasl = bearer(() => {
      // Its issuer is away as well, for the first times.
      if (away.length > 0 && away.push('asked') < 6) throw new Error('the issuer is away')
      return token()
    })
    const brokers = [
      await connected({ brokers: secure.sasl, sasl }),
      await connected({ brokers: secure.saslTls, ssl: { ca: [secure.ca] }, sasl: scram() }),
    ]
    const readers = []
    for (const broker of brokers) readers.push({ broker, ...(await roundTrip(broker)) })
    await secure.server.kill()
    away.push('killed')
    await secure.server.restart()
    for (const { broker, topic, seen } of readers) {
      await broker.publish(topic, event('2'))
      await eventually('an event after the restart', () => seen.includes('2'), 30_000)
    }
    expect(away.length).toBeGreaterThan(6)
  }, 90_000)

  it('takes credentials from the environment through a configuration file, and its address by variable', async () => {
    const made = folder({
      'waybill.config.ts': `export default {
        brokers: {
          main: {
            url: 'kafka://127.0.0.1:1',
            sasl: { mechanism: 'scram-sha-512', username: 'ann', password: process.env.KAFKA_PASSWORD },
          },
        },
        functions: {},
      }`,
    })
    const emit = (env: Readonly<Record<string, string>>) =>
      start(['emit', 'cli', '--type', 't'], {
        cwd: made.path,
        env: { WAYBILL_BROKER_MAIN: `kafka://${secure.sasl}`, ...env },
      }).finished
    try {
      const broker = await connected({ brokers: secure.plain })
      await broker.ensure({ topics: ['cli'] })
      const [right, bad, unset] = await Promise.all([
        emit({ KAFKA_PASSWORD: user.password }),
        emit({ KAFKA_PASSWORD: wrong }),
        emit({}),
      ])
      expect(right).toMatchObject({ code: 0, stderr: '' })
      expect(bad.code).toBe(2)
      expect(bad.stderr).toMatch(/check the credentials in "sasl"/)
      expect(bad.stdout + bad.stderr).not.toContain(wrong)
      expect(unset).toMatchObject({ code: 2, stdout: '' })
      expect(unset.stderr).toBe(
        '[kafka] brokers.main: "password" of option "sasl" is not set: use a text; does the environment variable that holds it exist?\n',
      )
    } finally {
      made.remove()
    }
  }, 60_000)
})
