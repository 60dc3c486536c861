import type { MsgHdrs, NatsConnection } from 'nats'
import { loadClient } from '../core/client-package.ts'
import { sleep, systemClock } from '../core/clock.ts'
import { codeOf, messageOf, WaybillError } from '../core/errors.ts'
import { type Journal, journal } from '../core/journal.ts'
import type { Logger } from '../core/observe.ts'
import { authenticatorOf } from './credentials.ts'
import type { ConnectionOptions } from './options.ts'
import { problem, type Transport } from './problem.ts'
import { tlsAdvice, tlsOf } from './tls.ts'
import { within } from './within.ts'

export type Client = typeof import('nats')

/** One connection, and whether it is up. */
export interface Connection {
  readonly native: NatsConnection
  /** Empty headers of the client. */
  headers(): MsgHdrs
  readonly isUp: boolean
  /** Resolves once the connection is up, or after `ms`; look at `isUp` afterwards. */
  up(ms: number, signals: readonly AbortSignal[]): Promise<void>
  /** Calls `run` whenever the connection goes down or comes back; returns what takes that back. */
  onChange(run: (isUp: boolean) => void): () => void
  /** Calls `run` when the connection has ended for good; returns what takes that back. */
  onEnd(run: (error: unknown) => void): () => void
  readonly log: Journal['log']
  /** Sends what is buffered and ends the connection; of one that was given nothing is kept. */
  close(): Promise<void>
}

const retryMs = 200
const reconnectMs = 250
const lastFlushMs = 2_000

/**
 * Opens a connection that comes back by itself, without end. Throws `ERR_MISSING_CLIENT`, `ERR_CONFIG` where the server
 * refuses the credentials, `ERR_TIMEOUT` where no server answers in time.
 */
export async function openConnection(
  options: ConnectionOptions,
  adapter: Transport,
  logger?: Logger,
  load: () => Promise<Client> = () => import('nats'),
): Promise<Connection> {
  const client = await loadClient(adapter, 'nats', load)
  const native = options.client ?? (await dial(client, options, adapter))
  return watch(client, native, options.client === undefined, logger)
}

async function dial(client: Client, options: ConnectionOptions, adapter: Transport): Promise<NatsConnection> {
  const { name = 'waybill', connectMs = 10_000, user, pass, token } = options
  const servers = serversOf(options.servers, adapter)
  const authenticator = await authenticatorOf(client, options, adapter)
  const deadline = Date.now() + connectMs
  let { tls } = options
  for (let attempts = 1; ; attempts++) {
    try {
      return await client.connect({
        servers: [...servers],
        name,
        timeout: Math.max(1, deadline - Date.now()),
        maxReconnectAttempts: -1,
        reconnectTimeWait: reconnectMs,
        ignoreAuthErrorAbort: true,
        // A stack trace for each request costs more than the request.
        noAsyncTraces: true,
        ...(user !== undefined && { user }),
        ...(pass !== undefined && { pass }),
        ...(token !== undefined && { token }),
        ...(tls !== undefined && { tls: tlsOf(tls, servers) }),
        ...(authenticator !== undefined && { authenticator }),
      })
    } catch (error) {
      if (tls === undefined && codeOf(error) === 'ERR_TLS_CERT_ALTNAME_INVALID') {
        // The server wants TLS, and has an IP address.
        tls = {}
        continue
      }
      const refusal = refusalOf(error, options, adapter)
      if (refusal !== undefined) throw refusal
      if (Date.now() + retryMs >= deadline) throw unreachable(servers, connectMs, attempts, error, adapter)
      await sleep(systemClock, retryMs, [])
    }
  }
}

function serversOf(servers: string | undefined, adapter: Transport): readonly string[] {
  const list = (servers ?? '').split(',').map((server) => server.trim())
  if (list.every((server) => /^[^\s/@?#]+$/.test(server))) return list
  throw problem(adapter, 'ERR_CONFIG', `which server? Give host:port, such as ${adapter}://localhost:4222`)
}

/** Why trying again cannot help; never shows a secret. */
function refusalOf(error: unknown, options: ConnectionOptions, adapter: Transport): WaybillError | undefined {
  if (error instanceof WaybillError) return error
  const code = codeOf(error) ?? ''
  const isDenied = /^(AUTH|BAD_(AUTH|CREDS)|ACCOUNT_)/.test(code)
  const advice = isDenied ? credentialsAdvice(options) : tlsAdvice(code)
  if (advice === undefined) return undefined
  const { servers = '' } = options
  const what = isDenied ? `the server ${servers} refused the connection` : `no TLS connection to ${servers}`
  const text = `${what} (${code}): ${advice}`
  return problem(adapter, 'ERR_CONFIG', text, code === 'TLS' ? undefined : error)
}

function credentialsAdvice(options: ConnectionOptions): string {
  const named = (['user', 'pass', 'token', 'nkey', 'creds'] as const).filter((name) => name in options)
  const empty = named.filter((name) => options[name] === undefined || options[name] === '')
  if (empty.length > 0) {
    const which = empty.map((name) => `"${name}"`).join(' and ')
    return `${which} has no value: does the environment variable that holds it exist?`
  }
  if (named.length === 0) return 'it wants credentials: set user and pass, token, nkey or creds'
  return `check ${named.map((name) => `"${name}"`).join(' and ')}`
}

function unreachable(
  servers: readonly string[],
  ms: number,
  attempts: number,
  cause: unknown,
  adapter: Transport,
): WaybillError {
  const tried = `tried ${servers.join(', ')} ${attempts === 1 ? 'once' : `${attempts} times`} in ${ms} ms; last: ${messageOf(cause)}`
  const check = 'check the address, that nats-server runs there, and TLS'
  const silent = ' (one that is silent may want a certificate of this client: "cert" and "key" in "tls")'
  const text = `no server answered (${tried}): ${check}${codeOf(cause) === 'TIMEOUT' ? silent : ''}`
  return problem(adapter, 'ERR_TIMEOUT', text, cause)
}

function watch(
  client: Client,
  native: NatsConnection,
  isOwn: boolean,
  logger: Logger | undefined,
): Connection {
  const { log } = journal(undefined, logger)
  const listeners = new Set<(isUp: boolean) => void>()
  const enders = new Set<(error: unknown) => void>()
  let ended: { readonly error: unknown } | undefined
  let isUp = true
  let isClosing = false

  function change(now: boolean, server: unknown): void {
    if (isUp === now) return
    isUp = now
    if (!isClosing) {
      const text = now ? 'connected to NATS again' : 'disconnected from NATS; reconnecting without end'
      log('warn', { server }, text)
    }
    for (const run of [...listeners]) run(now)
  }

  const statuses = native.status()

  async function follow(): Promise<void> {
    for await (const { type, data } of statuses) {
      if (type === 'disconnect') change(false, data)
      else if (type === 'reconnect') change(true, data)
      else if (type === 'error' && !isClosing) log('warn', { error: data }, 'NATS reports an error')
    }
  }

  void follow()
  void native.closed().then((error) => {
    isUp = false
    ended = { error: error ?? new Error('the connection was closed') }
    for (const run of [...enders]) run(ended.error)
  })

  function onChange(run: (isUp: boolean) => void): () => void {
    listeners.add(run)
    return () => listeners.delete(run)
  }

  function onEnd(run: (error: unknown) => void): () => void {
    if (ended !== undefined) run(ended.error)
    else enders.add(run)
    return () => enders.delete(run)
  }

  async function up(ms: number, signals: readonly AbortSignal[]): Promise<void> {
    if (isUp) return
    const arrived = new AbortController()
    const forget = onChange(() => arrived.abort())
    await sleep(systemClock, ms, [...signals, arrived.signal])
    forget()
  }

  async function close(): Promise<void> {
    isClosing = true
    if (!native.isClosed()) {
      if (isUp) await within(lastFlushMs, native.flush())
      if (isOwn) await native.close()
    }
    // Its type hides how it ends, and `return` waits for the next status.
    if ('stop' in statuses && typeof statuses.stop === 'function') statuses.stop()
  }

  return {
    native,
    headers: () => client.headers(),
    get isUp() {
      return isUp
    },
    up,
    onChange,
    onEnd,
    log,
    close,
  }
}
