import type { BindingOptions, Mode } from './binding.ts'
import type { ParameterType } from './connect.ts'
import { WaybillError } from './errors.ts'
import { type ExtensionType, extensionTypes, isExtensionName } from './extensions.ts'
import { isRecord } from './is-record.ts'
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

const modes: readonly Mode[] = ['auto', 'binary', 'structured']

/** Picks and checks the binding's part of an adapter's options. Throws `ERR_CONFIG` naming the option. */
export function bindingOptionsOf(
  options: Readonly<Record<string, unknown>>,
  adapter: string,
): BindingOptions {
  const { mode, strict, sniff, raw, rawSource, extensions, strip } = options
  const refused = (name: string, advice: string) =>
    new WaybillError('ERR_CONFIG', `option "${name}" is not valid: use ${advice}`, { adapter })
  if (!isOptional(mode, isMode)) throw refused('mode', modes.join(', '))
  if (!isOptional(strict, isBoolean)) throw refused('strict', 'true or false')
  if (!isOptional(sniff, isBoolean)) throw refused('sniff', 'true or false')
  if (!isOptional(raw, isRaw)) throw refused('raw', 'accept, reject or a function')
  if (!isOptional(rawSource, isSource))
    throw refused('rawSource', 'the beginning of a URI, such as kafka://orders-cluster/')
  if (!isOptional(extensions, isTypes))
    throw refused('extensions', `names of a-z and 0-9 with ${extensionTypes.join(', ')}`)
  if (!isOptional(strip, isNames)) throw refused('strip', 'a list of extension names')
  return { mode, strict, sniff, raw, rawSource, extensions, strip }
}

/** The error for a mode that is none. */
export function unknownMode(mode: unknown, adapter: string): WaybillError {
  return new WaybillError('ERR_CONFIG', `mode ${quote(String(mode))} is unknown: use ${modes.join(', ')}`, {
    adapter,
  })
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
