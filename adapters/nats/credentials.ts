import { readFile } from 'node:fs/promises'
import type { Authenticator } from 'nats'
import { toBytes } from '../core/message.ts'
import type { Client } from './connection.ts'
import type { ConnectionOptions } from './options.ts'
import { problem, type Transport } from './problem.ts'

/** What answers the server's challenge, for credentials that need one. Throws `ERR_CONFIG`, without what they hold. */
export async function authenticatorOf(
  client: Client,
  { nkey, creds }: ConnectionOptions,
  adapter: Transport,
): Promise<Authenticator | undefined> {
  const refused = (text: string) => problem(adapter, 'ERR_CONFIG', text)
  if (nkey !== undefined) {
    if (!/^SU[A-Z2-7]{56}$/.test(nkey.trim())) {
      throw refused('option "nkey" is no seed of a user: give the text that begins with SU')
    }
    return tried(
      client.nkeyAuthenticator(toBytes(nkey.trim())),
      'option "nkey" is misspelt: its checksum is wrong',
    )
  }
  if (creds === undefined) return undefined
  const isText = creds.includes('BEGIN NATS USER JWT')
  const text = isText ? creds : await readFile(creds, 'utf8').catch(() => '')
  // Without a cause, which would repeat what was given: it may be the secret itself.
  if (text === '')
    throw refused('option "creds" names no file that can be read: give its path, or what it holds')
  if (!/BEGIN NATS USER JWT[\s\S]*BEGIN USER NKEY SEED/.test(text)) {
    throw refused('option "creds" holds no user JWT and seed: use what nsc generate creds writes')
  }
  return tried(client.credsAuthenticator(toBytes(text)), 'option "creds" holds a seed that is misspelt')

  /** Now, or each attempt to connect would fail on it, as if there were no server. */
  function tried(authenticator: Authenticator, otherwise: string): Authenticator {
    try {
      authenticator('nonce')
      return authenticator
    } catch {
      throw refused(otherwise)
    }
  }
}
