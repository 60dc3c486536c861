import type { BindingOptions, Mode } from './binding.ts'
import type { ParameterType } from './connect.ts'
import { WaybillError } from './errors.ts'
import { type ExtensionType, extensionTypes, isExtensionName } from './extensions.ts'
import { isRecord } from './is-record.ts'
import { refuseUnknown } from './known.ts'
import { quote } from './quote.ts'
import type { Raw } from './raw.ts'
import { isUriReference } from './rules.ts'

/** Binding options that a URL can hold; an adapter adds them to its own parameters. */
export const bindingParameters: Readonly<Record<string, ParameterType>> = {
  mode: 'string',
  strict: 'boolean',
  sniff: 'boolean',
  raw: 'string',
  rawSource: 'string',
}

/** Binding options that only a `BrokerConfig` can hold; `raw` may be a function there. */
export const bindingOptionNames: readonly string[] = ['raw', 'extensions', 'strip']

const names = [...new Set([...Object.keys(bindingParameters), ...bindingOptionNames])]
const modes: readonly Mode[] = ['auto', 'binary', 'structured']

/** Picks and checks the binding's part of an adapter's options. Throws `ERR_CONFIG` naming the option. */
export function bindingOptionsOf(
  options: Readonly<Record<string, unknown>>,
  adapter: string,
): BindingOptions {
  const { mode, strict, sniff, raw, rawSource, extensions, strip } = options
  if (!isOptional(mode, isMode)) throw refused('mode', modes.join(', '), adapter)
  if (!isOptional(strict, isBoolean)) throw refused('strict', 'true or false', adapter)
  if (!isOptional(sniff, isBoolean)) throw refused('sniff', 'true or false', adapter)
  if (!isOptional(raw, isRaw)) throw refused('raw', 'accept, reject or a function', adapter)
  if (!isOptional(rawSource, isSource))
    throw refused('rawSource', 'the beginning of a URI, such as kafka://orders-cluster/', adapter)
  if (!isOptional(extensions, isTypes))
    throw refused('extensions', `names of a-z and 0-9 with ${extensionTypes.join(', ')}`, adapter)
  if (!isOptional(strip, isNames)) throw refused('strip', 'a list of extension names', adapter)
  return { mode, strict, sniff, raw, rawSource, extensions, strip }
}

/**
 * Checks all options that a binding was given; `own` are those that only this one has, each with its type. Throws
 * `ERR_CONFIG` naming the option, and for an unknown one the nearest.
 */
export function checkedBindingOptions(
  options: object,
  adapter: string,
  own: Readonly<Record<string, ParameterType>> = {},
): BindingOptions {
  refuseUnknown(options, [...names, ...Object.keys(own)], 'option', adapter)
  const given: Readonly<Record<string, unknown>> = { ...options }
  for (const [name, type] of Object.entries(own))
    if (given[name] !== undefined && typeof given[name] !== type) throw refused(name, words[type], adapter)
  return bindingOptionsOf(given, adapter)
}

/** The error for a mode that is none. */
export function unknownMode(mode: unknown, adapter: string): WaybillError {
  return new WaybillError('ERR_CONFIG', `mode ${quote(String(mode))} is unknown: use ${modes.join(', ')}`, {
    adapter,
  })
}

const words: Readonly<Record<ParameterType, string>> = {
  string: 'a text',
  number: 'a number',
  boolean: 'true or false',
}

function refused(name: string, advice: string, adapter: string): WaybillError {
  return new WaybillError('ERR_CONFIG', `option "${name}" is not valid: use ${advice}`, { adapter })
}

function isOptional<T>(value: unknown, is: (value: unknown) => value is T): value is T | undefined {
  return value === undefined || is(value)
}

function isMode(value: unknown): value is Mode {
  return modes.some((mode) => mode === value)
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean'
}

function isRaw(value: unknown): value is 'accept' | 'reject' | Raw {
  return value === 'accept' || value === 'reject' || typeof value === 'function'
}

function isSource(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && isUriReference(value)
}

function isTypes(value: unknown): value is Readonly<Record<string, ExtensionType>> {
  if (!isRecord(value)) return false
  return Object.entries(value).every(
    ([name, type]) => isExtensionName(name) && extensionTypes.some((known) => known === type),
  )
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isExtensionName)
}
