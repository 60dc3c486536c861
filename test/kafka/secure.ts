import { freePorts, type LocalServer, startServer } from '../../dev/index.ts'
import { authority, signedBy } from '../certificates.ts'

export const user = { username: 'ann', password: 'correct-horse-battery' } as const

/** A broker that asks for credentials, speaks TLS, and both, each at an address of its own. */
export interface SecureKafka {
  readonly server: LocalServer
  /** Without credentials or TLS. */
  readonly plain: string
  readonly sasl: string
  readonly tls: string
  /** TLS, and only for clients with a certificate. */
  readonly mutual: string
  readonly saslTls: string
  readonly ca: string
  /** Of a client, by the same authority. */
  readonly client: { readonly key: string; readonly cert: string }
}

const mechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'] as const
const security = 'org.apache.kafka.common.security'

/** How the server checks what each mechanism tells it (Kafka documentation, "Security", JAAS configuration). */
function login(mechanism: (typeof mechanisms)[number]): string {
  const { username, password } = user
  const required = (module: string, options = '') => `${security}.${module} required${options};`
  if (mechanism === 'PLAIN') return required('plain.PlainLoginModule', ` user_${username}="${password}"`)
  if (mechanism === 'OAUTHBEARER')
    return required('oauthbearer.OAuthBearerLoginModule', ' unsecuredLoginStringClaim_sub="broker"')
  return required('scram.ScramLoginModule')
}

/** One server for all of it. Its tokens are JWTs without a signature, which are for tests alone. */
export async function startSecureKafka(): Promise<SecureKafka> {
  const ports = await freePorts(4)
  const ca = await authority('test authority')
  const [own, client] = await Promise.all([signedBy(ca, 'broker'), signedBy(ca, 'client')])
  const names = ['SASL', 'TLS', 'MUTUAL', 'SASLTLS']
  const listeners = names.map((name, i) => `${name}://127.0.0.1:${ports[i]}`).join(',')
  const logins = ['sasl', 'sasltls'].flatMap((listener) =>
    mechanisms.map((each) => [
      `listener.name.${listener}.${each.toLowerCase()}.sasl.jaas.config`,
      login(each),
    ]),
  )
  const server = await startServer('kafka', {
    settings: {
      listeners,
      'advertised.listeners': listeners,
      'listener.security.protocol.map': 'SASL:SASL_PLAINTEXT,TLS:SSL,MUTUAL:SSL,SASLTLS:SASL_SSL',
      'sasl.enabled.mechanisms': mechanisms.join(','),
      ...Object.fromEntries(logins),
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.key': oneLine(own.key),
      'ssl.keystore.certificate.chain': oneLine(own.cert),
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.certificates': oneLine(ca.cert),
      'listener.name.mutual.ssl.client.auth': 'required',
      'message.max.bytes': 200_000,
    },
    layout: ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((each) => [
      '--add-scram',
      `${each}=[name=${user.username},password=${user.password}]`,
    ]),
  })
  const at = (i: number) => `127.0.0.1:${ports[i]}`
  return {
    server,
    plain: server.address,
    sasl: at(0),
    tls: at(1),
    mutual: at(2),
    saslTls: at(3),
    ca: ca.cert,
    client,
  }
}

/** As a properties file takes a text of several lines. */
function oneLine(pem: string): string {
  return pem.trim().split(/\r?\n/).join(' \\\n')
}

/** What an identity provider would hand out: a JWT without a signature (RFC 7519, section 6). */
export function token(claims: Readonly<Record<string, unknown>> = {}): string {
  const now = Math.floor(Date.now() / 1_000)
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'none' })}.${part({ sub: user.username, iat: now, exp: now + 3_600, ...claims })}.`
}
