import { problem, type Transport } from './problem.ts'

/** Subjects are tokens separated by dots, without white space: it would break the protocol's line. */
const legal = /^[^\s.]+(\.[^\s.]+)*$/
const controls = /\p{Cc}/u

/** Throws `ERR_CONFIG` where messages cannot be sent to this subject. */
export function checkSubject(subject: string, adapter: Transport): void {
  checkFilter(subject, adapter)
  if (!isWildcard(subject)) return
  throw problem(
    adapter,
    'ERR_CONFIG',
    `"${subject}" has wildcards: they are for reading, publish to one subject`,
  )
}

/** Throws `ERR_CONFIG` where this is no subject to read, wildcards included. */
export function checkFilter(subject: string, adapter: Transport): void {
  if (legal.test(subject) && !controls.test(subject)) return
  const advice = 'use tokens separated by dots, without spaces, such as orders.created'
  throw problem(adapter, 'ERR_CONFIG', `${JSON.stringify(subject)} is no NATS subject: ${advice}`)
}

/** True where one token is `*` or the last is `>`. */
export function isWildcard(subject: string): boolean {
  return /(^|\.)(\*(\.|$)|>$)/.test(subject)
}
