import type { Refusal } from '../core/driver.ts'
import { quote } from '../core/quote.ts'
import { problem } from './problem.ts'
import { urlOf } from './url.ts'

/** The result of a record that was not accepted. */

const placeholder = '{topic}'
const secretNames = /pass|secret|token|credential|api_?key|private|^(key|sig|signature|auth)$/i

/** What the sink knows of one address: when it may be sent to, and whether at all. */
export class Address {
  /** The exact URI of every request. */
  readonly url: string
  /** Host and path, as errors show it: a query may hold what is secret. */
  readonly shown: string
  /** The receiver said 410: it is never sent to again (WebHook §2.2). */
  isGone = false
  /** The receiver has permitted deliveries (WebHook §4.2). */
  hasConsented = false
  /** The request for that permission, while it is on its way; its result is why there is none. */
  asking: Promise<Refusal | undefined> | undefined
  #pausedUntil = 0
  #next = 0
  #spacingMs = 0

  constructor(url: string) {
    this.url = url
    const { host, pathname } = new URL(url)
    this.shown = host + pathname
  }

  /** No request before `time`: the receiver asked for it (WebHook §2.2). */
  pauseUntil(time: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, time)
  }

  /** Obeys a granted rate by sending requests evenly. */
  limit(ratePerMinute: number): void {
    this.#spacingMs = Number.isFinite(ratePerMinute) ? 60_000 / ratePerMinute : 0
  }

  /** Milliseconds until the receiver takes requests again. */
  pauseMs(now: number): number {
    return Math.max(0, this.#pausedUntil - now)
  }

  /** Milliseconds until the next request may go out; the one that asks has that place. */
  reserve(now: number): number {
    const at = Math.max(now, this.#pausedUntil, this.#next)
    this.#next = at + this.#spacingMs
    return at - now
  }
}

/** The addresses that topics go to. Throws `ERR_CONFIG` for what is no webhook's URL, showing none of it that may be secret. */
export function addressBook(text: string): {
  readonly of: (topic: string) => Address
  /** The address without a topic, for what is no delivery. */
  readonly root: Address
} {
  const parsed = parse(text)
  const known = new Map<string, Address>()
  const [before, after] = splitAtTopic(parsed)

  function hrefOf(topic: string): string {
    if (after === undefined) return parsed.href
    const url = before + encoded(topic) + after
    // A topic of dots would climb out of the path.
    if (new URL(url).href !== url) {
      throw problem(
        'ERR_CONFIG',
        `topic ${quote(topic)} makes no address: use another name, or no ${placeholder}`,
      )
    }
    return url
  }

  return {
    root: new Address(after === undefined ? parsed.href : parsed.origin),
    of(topic) {
      const url = hrefOf(topic)
      const address = known.get(url) ?? new Address(url)
      known.set(url, address)
      return address
    },
  }
}

function parse(text: string): URL {
  if (typeof text !== 'string') throw problem('ERR_CONFIG', '"url" is missing: give an https:// address')
  const url = urlOf(text)
  if (url === undefined) {
    throw problem('ERR_CONFIG', 'the address is no URL (not shown: it may be secret): use https://host/path')
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw problem('ERR_CONFIG', `the address begins with ${url.protocol}//: use https://`)
  }
  if (url.username !== '' || url.password !== '') {
    throw problem('ERR_CONFIG', 'the address holds credentials (not shown): use "tokenEnv" or "headersEnv"')
  }
  if (url.hash !== '') throw problem('ERR_CONFIG', 'the address has a fragment (#…): remove it')
  for (const name of url.searchParams.keys()) {
    if (secretNames.test(name)) {
      throw problem(
        'ERR_CONFIG',
        `parameter ${quote(name)} looks like a secret: use "tokenEnv" or "headersEnv"`,
      )
    }
  }
  return url
}

/** The URL before and after the topic; the second is absent where no topic belongs into it. */
function splitAtTopic(url: URL): readonly [string, string?] {
  const written = encodeURIComponent(placeholder)
  if (`${url.host}${url.search}`.match(/\{topic\}|%7Btopic%7D/i)) {
    throw problem('ERR_CONFIG', `${placeholder} stands outside the path: write https://host/${placeholder}`)
  }
  const parts = url.href.replaceAll(placeholder, written).split(written)
  const [before = '', after, ...more] = parts
  if (more.length > 0) throw problem('ERR_CONFIG', `the address holds ${placeholder} twice: write it once`)
  return after === undefined ? [before] : [before, after]
}

function encoded(topic: string): string {
  try {
    return encodeURIComponent(topic)
  } catch {
    throw problem('ERR_CONFIG', `topic ${quote(topic)} is no Unicode text: use another name`)
  }
}
