import { JOSEError, JWKSInvalid, JWKSTimeout } from 'jose/errors'
import { createRemoteJWKSet } from 'jose/jwks/remote'
import { jwtVerify } from 'jose/jwt/verify'
import { messageOf } from '../../../adapters/core/errors.ts'
import { problem } from '../hosted.ts'

/** Who may push: the check of the token that Google Cloud signs (https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions). */
export interface PushAuthentication {
  /** What the subscription names as its audience; by default the URL that it pushes to. */
  readonly audience: string | readonly string[]
  /** The e-mail address of the service account that the subscription pushes as: this one and no other. */
  readonly serviceAccount: string
  /** Who signs. Default Google, in both spellings it uses. */
  readonly issuer?: string | readonly string[] | undefined
  /** Where the signer's public keys are. Default Google's. */
  readonly keysUrl?: string | undefined
}

/** Why a request is turned away. */
export interface Refusal {
  readonly status: 401 | 403 | 503
  readonly message: string
}

/** `undefined` for a request that may come in. */
export type Authenticate = (authorization: string | null) => Promise<Refusal | undefined>

const googleKeys = 'https://www.googleapis.com/oauth2/v3/certs'
const googleIssuers = ['https://accounts.google.com', 'accounts.google.com']

/**
 * Checks bearer tokens: signature (RS256 alone), issuer, audience, expiry, and the exact service account. Keys are fetched
 * once and again when a token names one that is unknown. Throws `ERR_CONFIG` where the settings lack something.
 */
export function tokenCheck(host: string, settings: PushAuthentication): Authenticate {
  const { audience, serviceAccount, issuer = googleIssuers, keysUrl = googleKeys } = settings
  if (typeof serviceAccount !== 'string' || !serviceAccount.includes('@'))
    throw problem(
      host,
      '"authentication.serviceAccount" is no e-mail address: give that of the push subscription',
    )
  if (audience === undefined || audience.length === 0)
    throw problem(
      host,
      '"authentication.audience" is missing: give that of the push subscription, by default its endpoint',
    )
  if (!URL.canParse(keysUrl))
    throw problem(host, '"authentication.keysUrl" is no URL: leave it out, or correct it')
  const keys = createRemoteJWKSet(new URL(keysUrl))
  const expected = {
    audience: typeof audience === 'string' ? audience : [...audience],
    issuer: typeof issuer === 'string' ? issuer : [...issuer],
    algorithms: ['RS256'],
    requiredClaims: ['exp', 'email'],
  }

  return async (authorization) => {
    const token = /^Bearer ([\w.-]+)$/i.exec(authorization?.trim() ?? '')?.[1]
    if (token === undefined)
      return { status: 401, message: 'no bearer token: let the subscription push with authentication' }
    try {
      const { payload } = await jwtVerify(token, keys, expected)
      if (payload.email_verified === true && payload.email === serviceAccount) return undefined
      return { status: 403, message: 'the token is of another account than the one that may push here' }
    } catch (error) {
      if (isCallersFault(error))
        return { status: 401, message: `the token is not valid: ${messageOf(error)}` }
      return { status: 503, message: `the keys of the signer cannot be had: ${messageOf(error)}` }
    }
  }
}

/** All that jose says of a token, but not that the keys could not be fetched. */
function isCallersFault(error: unknown): boolean {
  if (error instanceof JWKSTimeout || error instanceof JWKSInvalid) return false
  // The answer of the key server was no key set: jose has no class of its own for that.
  return error instanceof JOSEError && error.code !== 'ERR_JOSE_GENERIC'
}
