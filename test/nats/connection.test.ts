import { createServer } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import { connect as connectClient, type NatsConnection } from 'nats'
import { connect } from '../../adapters/index.ts'
import { openConnection } from '../../adapters/nats/connection.ts'
import { jetstream, nats } from '../../adapters/nats/index.ts'
import { notInstalled } from '../conformance/harnesses/local-nats.ts'
import { describeWith } from '../dev/available.ts'
import { eventually } from '../eventually.ts'
import { localServer, numbered } from './local.ts'

const secret = 'correct-horse'

/** A server that greets as NATS does and answers every login with this line. */
async function greeting(answer: string) {
  const info = {
    server_id: 'x',
    version: '2.12.0',
    max_payload: 1_048_576,
    headers: true,
    auth_required: true,
  }
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.write(`INFO ${JSON.stringify(info)}\r\n`)
    socket.once('data', () => socket.end(`${answer}\r\n`))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { servers: `127.0.0.1:${port}`, [Symbol.asyncDispose]: async () => void server.close() }
}

describe.each([
  ['nats', nats],
  ['jetstream', jetstream],
] as const)('opening %s', (name, open) => {
  it('tells what it tried, how long, and what to check, where no server answers', async () => {
    const failed = open({ servers: '127.0.0.1:1,127.0.0.1:2', connectMs: 300 })
    await expect(failed).rejects.toMatchObject({ code: 'ERR_TIMEOUT', adapter: name })
    await expect(failed).rejects.toThrow(
      /tried 127\.0\.0\.1:1, 127\.0\.0\.1:2 (once|\d+ times) in 300 ms.*check the address/,
    )
  })

  it('names the setting that is wrong, never its value', async () => {
    await using server = await greeting("-ERR 'Authorization Violation'")
    const failed = open({ servers: server.servers, user: 'me', pass: secret, connectMs: 2_000 })
    await expect(failed).rejects.toMatchObject({
      code: 'ERR_CONFIG',
      message: expect.stringContaining('check "user" and "pass"'),
    })
    const error: unknown = await failed.catch((thrown: unknown) => thrown)
    expect(JSON.stringify(error) + String(error)).not.toContain(secret)
    await expect(open({ servers: server.servers, connectMs: 2_000 })).rejects.toThrow('it wants credentials')
  })

  it.each<[string, Parameters<typeof open>[0]]>([
    ['nkey', { servers: 'localhost', nkey: `x${secret}` }],
    ['creds', { servers: 'localhost', creds: `/no/such/${secret}` }],
    ['user', { servers: 'localhost', user: 5 } as object],
    ['nkey', { servers: 'localhost', nkey: { seed: secret } } as object],
    ['creds', { servers: 'localhost', creds: true } as object],
    ['tls', { servers: 'localhost', tls: secret } as object],
    ['servers', { servers: ['localhost'] } as object],
    ['servers', { servers: 5 } as object],
    ['connectMs', { servers: 'localhost', connectMs: -1 }],
    ['which server', { servers: 'host name' }],
    ['which server', {}],
    ['credentials', { servers: 'localhost', credentials: secret } as object],
  ])('refuses a wrong option by its name: %s', async (option, options) => {
    const error: unknown = await open(options).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'ERR_CONFIG',
      adapter: name,
      message: expect.stringContaining(option),
    })
    expect(String(error) + String(error instanceof Error ? error.cause : '')).not.toContain(secret)
  })

  it('names the package that is missing', async () => {
    const failed = openConnection({ servers: 'localhost' }, name, undefined, notInstalled)
    await expect(failed).rejects.toMatchObject({
      code: 'ERR_MISSING_CLIENT',
      message: expect.stringContaining('npm install nats'),
    })
  })

  it('refuses a path and credentials in the URL', async () => {
    await expect(connect(`${name}://localhost/a`)).rejects.toThrow('has no path')
    await expect(connect(`${name}://me:${secret}@localhost`)).rejects.toThrow('holds credentials')
    expect(
      String(await connect(`${name}://localhost?token=${secret}`).catch((error: unknown) => error)),
    ).not.toContain(secret)
  })
})

const server = localServer()

await describeWith('nats', 'a connection that exists', () => {
  it('is used, and stays open when the broker closes', async () => {
    const client = await connectClient({ servers: server.address })
    const broker = await connect({ url: 'nats://', client })
    await broker.ping()
    await broker.close()
    expect(client.isClosed()).toBe(false)
    await client.flush()
    await client.close()
  })

  it('has no subscription and no listener left of brokers that are closed', async () => {
    const client = await connectClient({ servers: server.address })
    const before = heldBy(client)
    for (let round = 0; round < 2; round++) {
      for (const open of [nats, jetstream]) {
        const broker = await open({ client })
        await broker.ping()
        await broker.close()
      }
    }
    await eventually('an end of all', () => JSON.stringify(heldBy(client)) === JSON.stringify(before))
    await client.close()
  })

  it('has nothing left of requests either, and takes none after close', async () => {
    const client = await connectClient({ servers: server.address })
    const before = heldBy(client)
    const broker = await nats({ client })
    const ask = () => broker.request('nobody-here', numbered(1))
    await expect(ask()).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' })
    expect(heldBy(client)).toEqual({ subscriptions: 1, listeners: 1 })
    await broker.close()
    await expect(ask()).rejects.toMatchObject({ code: 'ERR_CLOSED' })
    await eventually('an end of all', () => JSON.stringify(heldBy(client)) === JSON.stringify(before))
    await client.close()
  })

  it('has nothing left of a broker that could not be opened, on a server that is too old', async () => {
    const client = await connectClient({ servers: server.address })
    const before = heldBy(client)
    const old: NatsConnection = Object.create(client, {
      info: { value: { ...client.info, version: '2.10.29' } },
    })
    await expect(jetstream({ client: old })).rejects.toMatchObject({
      code: 'ERR_UNSUPPORTED',
      message: expect.stringContaining('use 2.11 or newer'),
    })
    await eventually('an end of all', () => JSON.stringify(heldBy(client)) === JSON.stringify(before))
    await client.close()
  })

  it('takes the first server that answers', async () => {
    await using broker = await connect(`nats://127.0.0.1:1,${server.address}`)
    await broker.ping()
  })
})

/** What a client holds for those who use it; it has no public way to ask. */
function heldBy(client: NatsConnection): { readonly subscriptions: number; readonly listeners: number } {
  const { listeners, protocol } = client as unknown as {
    readonly listeners: readonly unknown[]
    readonly protocol: { readonly subscriptions: { readonly subs: ReadonlyMap<number, unknown> } }
  }
  return { subscriptions: protocol.subscriptions.subs.size, listeners: listeners.length }
}
