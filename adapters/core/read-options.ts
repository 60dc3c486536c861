import type { BindingOptions } from './binding.ts'
import { documentedExtensions, type ExtensionType } from './extensions.ts'
import type { ReadOptions } from './json.ts'
import { Layouts } from './layouts.ts'
import type { Warn } from './leniency.ts'

/** What a binding's options mean for its readers. */
export interface Reading {
  readonly extensions: ReadonlyMap<string, ExtensionType>
  /** The options of one reading, whose leniencies `warn` hears of. */
  of(warn?: Warn): ReadOptions
}

/** Turns the options of a binding into those of its readers, once. */
export function readOptionsOf({ strict = false, extensions: own = {}, strip = [] }: BindingOptions): Reading {
  const extensions = new Map([...documentedExtensions, ...Object.entries(own)])
  const left = strip.length === 0 ? undefined : new Set(strip)
  const layouts = left === undefined ? new Layouts(extensions) : undefined
  const silent: ReadOptions = { lenient: strict ? undefined : () => {}, extensions, strip: left, layouts }
  let last = silent
  return {
    extensions,
    of(warn) {
      if (strict || warn === undefined) return silent
      // One subscription passes the same function with each message.
      if (last.lenient !== warn) last = { lenient: warn, extensions, strip: left, layouts }
      return last
    },
  }
}
