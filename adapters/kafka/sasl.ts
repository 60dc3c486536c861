import type { KafkaConfig, Mechanism } from 'kafkajs'
import { messageOf, WaybillError } from '../core/errors.ts'
import { nearest } from '../core/nearest.ts'

type Sasl = NonNullable<KafkaConfig['sasl']>

interface Token {
  readonly value: string
  readonly extensions?: Readonly<Record<string, string>>
}

/** What each mechanism of kafkajs must be told. */
const needs: Readonly<Record<string, readonly string[]>> = {
  plain: ['username', 'password'],
  'scram-sha-256': ['username', 'password'],
  'scram-sha-512': ['username', 'password'],
  aws: ['authorizationIdentity', 'accessKeyId', 'secretAccessKey'],
  oauthbearer: ['oauthBearerProvider'],
}

/** The broker knows the token and does not accept it: another attempt with it is in vain. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused'
}

/** There is no token at the moment, as where its issuer cannot be reached: the next attempt asks again. */
export class TokenUnavailable extends Error {
  /** As kafkajs calls what it opens a new connection after: the broker takes no second attempt on this one. */
  override readonly name = 'KafkaJSConnectionError'
  readonly retriable = true
}

/** Throws `ERR_CONFIG` that names what is missing, such as a password whose environment variable is not set. */
export function checkSasl(sasl: unknown): void {
  if (typeof sasl !== 'object' || sasl === null || !('mechanism' in sasl))
    throw refused('option "sasl" is not valid: use { mechanism, … }')
  const { mechanism } = sasl
  if ('authenticationProvider' in sasl) return
  const names = Object.keys(needs)
  const wanted = typeof mechanism === 'string' ? needs[mechanism.toLowerCase()] : undefined
  if (wanted === undefined) {
    const meant = nearest(typeof mechanism === 'string' ? mechanism : '', names)
    throw refused(`"mechanism" of option "sasl" is not one of ${names.join(', ')}: did you mean "${meant}"?`)
  }
  const values = new Map<string, unknown>(Object.entries(sasl))
  for (const name of wanted) {
    const type = name === 'oauthBearerProvider' ? 'function' : 'string'
    const value = values.get(name)
    if (typeof value === type && value !== '') continue
    const advice =
      type === 'function'
        ? 'a function that returns { value: <token> }'
        : 'a text; does the environment variable that holds it exist?'
    throw refused(`"${name}" of option "sasl" is not set: use ${advice}`)
  }
}

/** For one client of kafkajs, which writes into what it is given. */
export function saslOf(sasl: Sasl): Sasl {
  return 'oauthBearerProvider' in sasl ? oauthBearer(sasl.oauthBearerProvider) : { ...sasl }
}

/**
 * SASL/OAUTHBEARER (RFC 7628). A broker tells the refusal of a token in an answer without an error code, which kafkajs
 * does not read: it would go on and see its connection closed.
 */
function oauthBearer(provide: () => Promise<Token>): Mechanism {
  return {
    mechanism: 'oauthbearer',
    authenticationProvider: ({ saslAuthenticate }) => ({
      async authenticate() {
        const first = initialResponse(await tokenFrom(provide))
        const answer = await saslAuthenticate({
          request: { encode: () => Buffer.concat([lengthOf(first), first]) },
          response: { decode: (framed) => framed.subarray(4), parse: (bytes) => bytes.toString('utf8') },
        })
        if (typeof answer === 'string' && answer !== '')
          throw new TokenRefused(`the broker does not accept the token: ${answer}`)
      },
    }),
  }
}

async function tokenFrom(provide: () => Promise<Token>): Promise<Token> {
  let token: Token | undefined
  try {
    token = await provide()
  } catch (error) {
    throw new TokenUnavailable(`"oauthBearerProvider" failed: ${messageOf(error)}`)
  }
  if (typeof token?.value !== 'string' || token.value === '')
    throw new TokenUnavailable('"oauthBearerProvider" gave no token: return { value: <token> }')
  return token
}

/** RFC 7628, section 3.1; extensions as KIP-342 has them. */
function initialResponse({ value, extensions = {} }: Token): Buffer {
  const pairs = [`auth=Bearer ${value}`, ...Object.entries(extensions).map(([name, is]) => `${name}=${is}`)]
  return Buffer.from(`n,,\u0001${pairs.join('\u0001')}\u0001\u0001`)
}

function lengthOf(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(bytes.length)
  return length
}

function refused(message: string): WaybillError {
  return new WaybillError('ERR_CONFIG', message, { adapter: 'kafka' })
}
