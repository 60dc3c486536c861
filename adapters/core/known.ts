import { WaybillError } from './errors.ts'
import { hint } from './nearest.ts'

/**
 * Refuses names that nothing reads: a misspelt option would otherwise be a default in disguise. Throws `ERR_CONFIG` that
 * names the nearest known one.
 */
export function refuseUnknown(given: object, known: readonly string[], what: string, adapter: string): void {
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue
    const text = `unknown ${what} "${name}": ${hint(name, known)}`
    throw new WaybillError('ERR_CONFIG', text, { adapter })
  }
}
