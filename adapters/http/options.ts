import type { Mode } from '../core/binding.ts'
import type { Clock } from '../core/clock.ts'

export type Fetch = typeof globalThis.fetch

/** Variables by name, as `process.env` holds them. */
export type Environment = Readonly<Record<string, string | undefined>>

/** What the sink says of itself before it delivers (CloudEvents HTTP WebHook 1.0.2 §4.1). */
export interface HandshakeOptions {
  /** DNS name of the sending system, such as `orders.example.com`; every delivery repeats it. */
  readonly origin: string
  /** Asks for this many requests a minute; what is granted is obeyed. Default: nothing asked. */
  readonly ratePerMinute?: number | undefined
  /** https URL where the receiver may grant permission later. It may hold a key, so it is never shown. */
  readonly callback?: string | undefined
}

/** Settings of the HTTP sink. */
export interface HttpOptions {
  /** The exact address, query included. `{topic}` in its path is replaced by the topic; else every topic goes there. */
  readonly url: string
  /** What events are written in, unless `publish` says otherwise. Default: the binding's `auto`. */
  readonly mode?: Mode | undefined
  /** Requests in flight: 1 to 1 024. Default 64. */
  readonly concurrency?: number | undefined
  /** Time of one request until its whole answer has arrived, in milliseconds: 1 to 300 000. Default 10 000. */
  readonly timeoutMs?: number | undefined
  /** A receiver that asks for a longer wait (`Retry-After`) is not tried again, in milliseconds. Default 300 000. */
  readonly maxRetryAfterMs?: number | undefined
  /** Events of one request, 1 to 1 024, with `mode: 'structured'` only: one answer decides for all. Default 1. */
  readonly batch?: number | undefined
  /** Largest message in bytes of body, headers and key, and largest batch. Default 1 048 576. */
  readonly maxMessageBytes?: number | undefined
  /** Further headers of every request that are not secret. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Name of the environment variable that holds a bearer token. */
  readonly tokenEnv?: string | undefined
  /** Header name → name of the environment variable that holds its value. */
  readonly headersEnv?: Readonly<Record<string, string>> | undefined
  /** Asks the receiver for permission before the first delivery. Default: not asked. */
  readonly handshake?: HandshakeOptions | undefined
  /** Where `tokenEnv` and `headersEnv` look, once, when the sink is opened. Default `process.env`. */
  readonly env?: Environment | undefined
  /** Default: the platform's. */
  readonly fetch?: Fetch | undefined
  readonly clock?: Clock | undefined
}

/** Options that are plain values, with their types: those that a flag or a file can give. */
export const parameters = {
  mode: 'string',
  concurrency: 'number',
  timeoutMs: 'number',
  maxRetryAfterMs: 'number',
  batch: 'number',
  maxMessageBytes: 'number',
  tokenEnv: 'string',
} as const

/** Options that hold objects and functions. */
export const structures = ['headers', 'headersEnv', 'handshake', 'env', 'fetch', 'clock'] as const
