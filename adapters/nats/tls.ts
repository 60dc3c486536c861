import { isIP } from 'node:net'
import { checkServerIdentity, type PeerCertificate } from 'node:tls'
import type { TlsOptions } from 'nats'

/** TLS options as nats.js passes them on to Node. */
interface Settings extends TlsOptions {
  checkServerIdentity(host: string, certificate: PeerCertificate): Error | undefined
}

/** What nats.js leaves to Node's default where a server is named by its IP address. */
const unnamed = 'localhost'

/**
 * TLS options with which servers can be named by IP address: nats.js hands the certificate's check no name for these, so
 * that every certificate would be wrong.
 */
export function tlsOf(tls: TlsOptions, servers: readonly string[]): Settings {
  const addresses = servers.map(hostOf).filter((host) => isIP(host) !== 0)
  return {
    ...tls,
    checkServerIdentity(host, certificate) {
      const hosts = host === unnamed ? [host, ...addresses] : [host]
      const problems = hosts.map((each) => checkServerIdentity(each, certificate))
      return problems.includes(undefined) ? undefined : problems.at(-1)
    },
  }
}

/** Why the settings of TLS cannot work, and what to do; `undefined` where something else failed. */
export function tlsAdvice(code: string): string | undefined {
  if (/^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_UNTRUSTED)/.test(code))
    return 'the certificate of the server is by an authority that is not trusted here: give "ca" or "caFile" in "tls"'
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID' || /^CERT_(HAS_EXPIRED|NOT_YET_VALID)/.test(code))
    return 'the certificate of the server is not valid for this address and time: correct the address, or renew it'
  if (/^ERR_SSL_.*(CERTIFICATE|UNKNOWN_CA|HANDSHAKE_FAILURE)/.test(code))
    return 'the server wants a certificate of this client that it trusts: give "cert" and "key" in "tls"'
  if (code === 'SERVER_OPT_NA') return 'it has no TLS: leave "tls" out, or use its TLS port'
  // The text of the client holds what was given as a file's name, which may be the key itself.
  if (code === 'TLS') return 'check "tls": its files must be there, and hold a certificate and its key'
  return undefined
}

function hostOf(server: string): string {
  return server.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')
}
