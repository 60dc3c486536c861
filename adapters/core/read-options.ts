import type { BindingOptions } from './binding.ts'
import { WaybillError } from './errors.ts'
import { documentedExtensions, type ExtensionType, isExtensionName } from './extensions.ts'
import type { ReadOptions } from './json.ts'
import type { Warn } from './leniency.ts'
import { quote } from './quote.ts'

/** What a binding's options mean for its readers. */
export interface Reading {
  readonly extensions: ReadonlyMap<string, ExtensionType>
  /** The options of one reading, whose leniencies `warn` hears of. */
  of(warn?: Warn): ReadOptions
}

/** Turns the options of a binding into those of its readers, once. */
export function readOptionsOf({ strict = false, extensions: own = {}, strip = [] }: BindingOptions): Reading {
  for (const name of [...strip, ...Object.keys(own)]) if (!isExtensionName(name)) throw notExtension(name)
  const extensions = new Map([...documentedExtensions, ...Object.entries(own)])
  const left = strip.length === 0 ? undefined : new Set(strip)
  const silent: ReadOptions = { lenient: strict ? undefined : () => {}, extensions, strip: left }
  let last = silent
  return {
    extensions,
    of(warn) {
      if (strict || warn === undefined) return silent
      // One subscription passes the same function with each message.
      if (last.lenient !== warn) last = { lenient: warn, extensions, strip: left }
      return last
    },
  }
}

function notExtension(name: string): WaybillError {
  const text = `${quote(name)} in "strip" or "extensions" is no extension: name one of a-z and 0-9 that is no attribute of every event`
  return new WaybillError('ERR_CONFIG', text)
}
