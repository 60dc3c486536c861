import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nkeys } from 'nats'
import { type LocalServer, startServer } from '../../dev/index.ts'
import { authority, signedBy } from '../certificates.ts'

type KeyPair = ReturnType<typeof nkeys.createUser>

export const user = { user: 'ann', pass: 'correct-horse-battery' } as const
export const token = 'a-token-of-the-test'

/** Servers that ask for credentials, each in its own way; `logins` takes those that one server can tell apart. */
export interface SecureNats {
  readonly logins: LocalServer
  readonly tokens: LocalServer
  readonly accounts: LocalServer
  readonly tls: LocalServer
  /** TLS, and only for clients with a certificate. */
  readonly mutual: LocalServer
  /** The seed that `logins` knows. */
  readonly seed: string
  /** What a `.creds` file holds, for `accounts`. */
  readonly creds: string
  readonly ca: string
  readonly client: { readonly key: string; readonly cert: string }
  stop(): Promise<void>
}

export async function startSecureNats(): Promise<SecureNats> {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-certificates-'))
  const ca = await authority('test authority')
  const [own, client] = await Promise.all([signedBy(ca, 'server'), signedBy(ca, 'client')])
  const file = async (name: string, text: string) => {
    const path = join(folder, name)
    await writeFile(path, text, { mode: 0o600 })
    return path
  }
  const tls = {
    cert_file: await file('server.pem', own.cert),
    key_file: await file('server.key', own.key),
    ca_file: await file('ca.pem', ca.cert),
  }
  const key = nkeys.createUser()
  const { settings, creds } = operated()
  const servers = await Promise.all([
    start({
      authorization: { users: [{ user: user.user, password: user.pass }, { nkey: key.getPublicKey() }] },
      max_payload: 65_536,
    }),
    start({ authorization: { token } }),
    start(settings),
    start({ tls, authorization: { user: user.user, password: user.pass } }),
    start({ tls: { ...tls, verify: true } }),
  ])
  const [logins, tokens, accounts, overTls, mutual] = servers
  return {
    logins,
    tokens,
    accounts,
    tls: overTls,
    mutual,
    seed: text(key.getSeed()),
    creds,
    ca: ca.cert,
    client,
    async stop() {
      await Promise.all(servers.map((server) => server.stop()))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function start(settings: Readonly<Record<string, unknown>>): Promise<LocalServer> {
  return startServer('nats', { settings })
}

/** An operator, an account with JetStream, and a user of it, as `nsc` would make them. */
function operated() {
  const [operator, system, account, member] = [
    nkeys.createOperator(),
    nkeys.createAccount(),
    nkeys.createAccount(),
    nkeys.createUser(),
  ]
  const limits = {
    subs: -1,
    data: -1,
    payload: -1,
    conn: -1,
    leaf: -1,
    imports: -1,
    exports: -1,
    wildcards: true,
  }
  const stores = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 }
  const accountJwt = jwt(operator, account, { type: 'account', limits: { ...limits, ...stores } })
  const systemJwt = jwt(operator, system, { type: 'account', limits })
  const settings = {
    operator: jwt(operator, operator, { type: 'operator', system_account: system.getPublicKey() }),
    resolver: 'MEMORY',
    resolver_preload: { [system.getPublicKey()]: systemJwt, [account.getPublicKey()]: accountJwt },
  }
  const userJwt = jwt(account, member, { type: 'user', subs: -1, data: -1, payload: -1 })
  const seed = text(member.getSeed())
  return { settings, seed, creds: credsOf(userJwt, seed) }
}

/** A JWT as nats-server reads it (docs.nats.io, "JWT structure"): signed with the issuer's NKey. */
function jwt(issuer: KeyPair, subject: KeyPair, nats: Readonly<Record<string, unknown>>): string {
  const claims = {
    jti: crypto.randomUUID(),
    iat: Math.floor(Date.now() / 1_000),
    iss: issuer.getPublicKey(),
    sub: subject.getPublicKey(),
    name: String(nats.type),
    nats: { ...nats, version: 2 },
  }
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${part({ typ: 'JWT', alg: 'ed25519-nkey' })}.${part(claims)}`
  return `${signed}.${Buffer.from(issuer.sign(Buffer.from(signed))).toString('base64url')}`
}

function credsOf(userJwt: string, seed: string): string {
  return `-----BEGIN NATS USER JWT-----
${userJwt}
------END NATS USER JWT------

-----BEGIN USER NKEY SEED-----
${seed}
------END USER NKEY SEED------
`
}

/** A user whose account no server knows. */
export function foreignUser(): { readonly creds: string; readonly seed: string } {
  const { creds, seed } = operated()
  return { creds, seed }
}

function text(seed: Uint8Array): string {
  return Buffer.from(seed).toString('utf8')
}
