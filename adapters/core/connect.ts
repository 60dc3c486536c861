import type { Broker } from './broker.ts'
import { WaybillError } from './errors.ts'
import { hint, nearest } from './nearest.ts'
import type { Logger } from './observe.ts'

/** A broker by URL, with what does not belong into one: credentials, clients, functions. */
export interface BrokerConfig {
  readonly url: string
  readonly [option: string]: unknown
}

/** A parsed broker URL: `scheme://address/path?parameters`. */
export interface Target {
  readonly scheme: string
  /** Host and port, or several separated by commas; empty where the scheme needs none. */
  readonly address: string
  /** Without the leading slash. */
  readonly path: string
  /** The query as it was written, where the adapter's `query` is `address`; else empty. */
  readonly query: string
  /** Parameters and options together, each of its declared type. */
  readonly options: Readonly<Record<string, unknown>>
}

export type ParameterType = 'string' | 'number' | 'boolean'

/** What `connect` knows of one kind of broker. */
export interface Adapter {
  /** URL schemes, such as `memory`. */
  readonly schemes: readonly string[]
  /**
   * What a URL's query is: `options` of this library (the default), or part of the `address`, as a webhook's is; options
   * then stand in a {@link BrokerConfig} only.
   */
  readonly query?: 'options' | 'address' | undefined
  /** Query parameters, by name; the same names are options of a {@link BrokerConfig}. */
  readonly parameters: Readonly<Record<string, ParameterType>>
  /** Options that only a {@link BrokerConfig} can hold; one that is a parameter as well may have any type there. */
  readonly options: readonly string[]
  open(target: Target, logger: Logger | undefined): Broker | Promise<Broker>
}

const secretNames = /pass|secret|token|credential|api_?key|private/i

/**
 * Opens a broker by its URL. A URL identifies and never carries secrets: it may be logged.
 * Throws `ERR_CONFIG` for an unknown scheme, parameter or option, naming the nearest valid one, and for secrets.
 */
export async function connectWith(
  adapters: readonly Adapter[],
  config: string | BrokerConfig,
  logger?: Logger,
): Promise<Broker> {
  const { url, ...options } = typeof config === 'string' ? { url: config } : config
  const { scheme, address, path, query } = parse(url)
  const adapter = adapters.find(({ schemes }) => schemes.includes(scheme))
  if (adapter === undefined) {
    const schemes = adapters.flatMap((known) => known.schemes)
    const near = nearest(scheme, schemes)
    const all = schemes.map((known) => `${known}://`).join(', ')
    const meant = near === undefined ? `use one of ${all}` : `did you mean "${near}://"? Known: ${all}`
    throw problem(`unknown scheme "${scheme}://" in ${redactUrl(url)}: ${meant}`)
  }
  const parameters: Record<string, unknown> = {}
  const isAddress = adapter.query === 'address'
  for (const [name, value] of new URLSearchParams(query)) {
    if (isAddress) {
      refuseSecret(`URL parameter "${name}"`, name, scheme)
      continue
    }
    refuseUnknown(`URL parameter "${name}"`, name, Object.keys(adapter.parameters), scheme)
    if (name in parameters)
      throw problem(`URL parameter "${name}" of ${scheme}:// is given twice: give it once`)
    parameters[name] = converted(name, value, adapter.parameters[name] ?? 'string')
  }
  for (const [name, value] of Object.entries(options)) {
    const known = [...Object.keys(adapter.parameters), ...adapter.options]
    refuseUnknown(`option "${name}"`, name, known, scheme)
    const type = adapter.parameters[name]
    const isFree = type === undefined || adapter.options.includes(name)
    if (!isFree && value !== undefined && typeof value !== type) {
      throw problem(`option "${name}" of ${scheme}:// is a ${typeof value}: use a ${type}`)
    }
  }
  const target = {
    scheme,
    address,
    path,
    query: isAddress ? query : '',
    options: { ...parameters, ...options },
  }
  return adapter.open(target, logger)
}

/** A URL that can be shown: its scheme alone where it may hold credentials, else without the values of parameters. */
export function redactUrl(url: string): string {
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(url)?.[0]
  // What is no URL may be anything: a connection string, or the secret itself.
  if (scheme === undefined) return '***'
  if (mayHoldCredentials(url)) return `${scheme}***`
  const [whole = '', fragment] = url.split(/#(.*)/s, 2)
  const [place = '', query] = whole.split(/\?(.*)/s, 2)
  const names = query?.split('&').map((pair) => (/^[^=]+=/.test(pair) ? pair.replace(/=.*/s, '=…') : '…'))
  return `${place}${names === undefined ? '' : `?${names.join('&')}`}${fragment === undefined ? '' : '#…'}`
}

function mayHoldCredentials(url: string): boolean {
  return /@|%40|^[^/]*\/\/[^?#]*[;=]/i.test(url)
}

function parse(url: string) {
  if (mayHoldCredentials(url)) {
    throw problem(`the URL ${redactUrl(url)} holds credentials: give them as options or by the environment`)
  }
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)(\/[^?#]*)?(?:\?([^#]*))?(#.*)?$/i.exec(url)
  if (match === null) {
    throw problem(
      'the broker is no URL (not shown: it may be secret): use scheme://address, such as memory://',
    )
  }
  const [, scheme = '', address = '', path = '', query = '', fragment] = match
  if (fragment !== undefined) throw problem(`the URL ${redactUrl(url)} has a fragment (#…): remove it`)
  return { scheme: scheme.toLowerCase(), address, path: path.slice(1), query }
}

function refuseUnknown(what: string, name: string, known: readonly string[], scheme: string): void {
  if (known.includes(name)) return
  // A known name in another case, such as that of a variable which holds a secret, is a slip and no secret.
  if (!known.some((one) => letters(one) === letters(name))) refuseSecret(what, name, scheme)
  throw problem(`unknown ${what} of ${scheme}://: ${hint(name, known)}`)
}

function letters(name: string): string {
  return name.toLowerCase().replace(/[-_]/g, '')
}

function refuseSecret(what: string, name: string, scheme: string): void {
  if (!secretNames.test(name)) return
  throw problem(
    `${what} of ${scheme}:// looks like a secret: give it by the environment; its value is not shown`,
  )
}

function converted(name: string, text: string, type: ParameterType): string | number | boolean {
  if (type === 'string') return text
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true'
  if (type === 'number' && text.trim() !== '' && Number.isFinite(Number(text))) return Number(text)
  throw problem(
    `URL parameter "${name}" is not a ${type}: use ${type === 'number' ? 'digits' : 'true or false'}`,
  )
}

function problem(message: string): WaybillError {
  return new WaybillError('ERR_CONFIG', message)
}
