import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import { httpFunction, type PushAuthentication } from '../../../functions/hosts/http.ts'

const audience = 'https://orders.example/'
const serviceAccount = 'push@project.iam.gserviceaccount.com'
const claims = { email: serviceAccount, email_verified: true }
const event = '{"specversion":"1.0","id":"1","source":"/s","type":"t"}'

const keys = await generateKeyPair('RS256')
const others = await generateKeyPair('RS256')
let keyServer: Server
let keysUrl = ''
let fetched = 0

beforeAll(async () => {
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'known', alg: 'RS256', use: 'sig' }
  keyServer = createServer((_, response) => {
    fetched++
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [jwk] }))
  })
  await new Promise<void>((resolve) => keyServer.listen(0, '127.0.0.1', resolve))
  const address = keyServer.address()
  if (address === null || typeof address === 'string') throw new Error('the key server has no port')
  keysUrl = `http://127.0.0.1:${address.port}/certs`
})

afterAll(() => new Promise((resolve) => keyServer.close(resolve)))

interface Changes {
  readonly claims?: Record<string, unknown>
  readonly audience?: string
  readonly issuer?: string
  readonly kid?: string
  readonly expires?: string
  readonly key?: typeof keys.privateKey
}

function token(changes: Changes = {}): Promise<string> {
  return new SignJWT(changes.claims ?? claims)
    .setProtectedHeader({ alg: 'RS256', kid: changes.kid ?? 'known' })
    .setIssuer(changes.issuer ?? 'https://accounts.google.com')
    .setAudience(changes.audience ?? audience)
    .setExpirationTime(changes.expires ?? '1h')
    .sign(changes.key ?? keys.privateKey)
}

async function statusOf(authorization: string | undefined, changes: Partial<PushAuthentication> = {}) {
  let handled = 0
  const respond = httpFunction({
    name: 'orders',
    handler: () => void handled++,
    authentication: { audience, serviceAccount, keysUrl, ...changes },
  })
  const headers = { 'content-type': 'application/cloudevents+json' }
  const request = new Request('http://localhost/', {
    method: 'POST',
    body: event,
    headers: authorization === undefined ? headers : { ...headers, authorization },
  })
  const { status } = await respond(request)
  // Whoever is turned away reaches no handler.
  expect(handled).toBe(status === 204 ? 1 : 0)
  return status
}

describe('the check of tokens', () => {
  it('lets the service account in', async () => {
    expect(await statusOf(`Bearer ${await token()}`)).toBe(204)
    expect(await statusOf(`bearer ${await token({ issuer: 'accounts.google.com' })}`)).toBe(204)
  })

  it.each<[string, number, () => Promise<string | undefined> | string | undefined]>([
    ['no token', 401, () => undefined],
    ['another scheme', 401, () => 'Basic dTpw'],
    ['no JWT', 401, () => 'Bearer x.y.z'],
    ['another audience', 401, async () => `Bearer ${await token({ audience: 'https://other.example/' })}`],
    ['another issuer', 401, async () => `Bearer ${await token({ issuer: 'https://evil.example' })}`],
    ['an expired token', 401, async () => `Bearer ${await token({ expires: '-1m' })}`],
    ['an unknown key', 401, async () => `Bearer ${await token({ kid: 'unknown' })}`],
    ['the signature of another key', 401, async () => `Bearer ${await token({ key: others.privateKey })}`],
    [
      'the algorithm none',
      401,
      () =>
        `Bearer ${new UnsecuredJWT(claims).setAudience(audience).setIssuer('https://accounts.google.com').setExpirationTime('1h').encode()}`,
    ],
    ['no e-mail address', 401, async () => `Bearer ${await token({ claims: {} })}`],
    [
      'another account',
      403,
      async () => `Bearer ${await token({ claims: { ...claims, email: 'x@evil.example' } })}`,
    ],
    [
      'an address that is not verified',
      403,
      async () => `Bearer ${await token({ claims: { ...claims, email_verified: false } })}`,
    ],
  ])('turns %s away with %i', async (_, status, authorization) => {
    expect(await statusOf(await authorization())).toBe(status)
  })

  it('answers 503 where the keys cannot be had, so that the sender keeps the event', async () => {
    expect(await statusOf(`Bearer ${await token()}`, { keysUrl: 'http://127.0.0.1:1/certs' })).toBe(503)
  })

  it('fetches the keys once for many requests', async () => {
    const respond = httpFunction({
      name: 'f',
      handler: () => {},
      authentication: { audience, serviceAccount, keysUrl },
    })
    const before = fetched
    const authorization = `Bearer ${await token()}`
    for (let i = 0; i < 5; i++) {
      const headers = { 'content-type': 'application/cloudevents+json', authorization }
      await respond(new Request('http://localhost/', { method: 'POST', body: event, headers }))
    }
    expect(fetched - before).toBe(1)
  })

  it.each<[string, object, string]>([
    [
      'an account that is none',
      { serviceAccount: 'push' },
      '"authentication.serviceAccount" is no e-mail address',
    ],
    ['no audience', { audience: '' }, '"authentication.audience" is missing'],
    ['keys at no URL', { keysUrl: 'certs' }, '"authentication.keysUrl" is no URL'],
  ])('refuses %s when it is made', async (_, wrong, message) => {
    await expect(statusOf(undefined, wrong)).rejects.toThrow(message)
  })
})
