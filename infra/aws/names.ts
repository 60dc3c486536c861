import { createHash } from 'node:crypto'

/** Of such names, no two become one id. */
const plain = /^[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*$/

/** An id of a construct out of a name of the configuration: `extract-subset` → `ExtractSubset`. No two names have the same. */
export function idOf(name: string): string {
  const id = name
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')
  if (plain.test(name)) return id
  return id + createHash('sha256').update(name).digest('hex').slice(0, 8)
}
