import { resolve } from 'node:path'
import { InvalidArgumentError } from 'commander'
import { hint, nearest } from '../../adapters/index.ts'
import { drivers } from '../../functions/store/drivers.ts'
import { localNames } from './local-broker.ts'

/** Where rows go: a driver of unstorage and its options. */
export interface Store {
  readonly driver: string
  readonly options: Readonly<Record<string, unknown>>
}

/** A path from where the user is: npm starts scripts in the package's folder, and tells. */
export function fromUser(path: string): string {
  const { npm_lifecycle_event: script, INIT_CWD: folder = '.' } = process.env
  return script === 'start' ? resolve(folder, path) : resolve(path)
}

/** A URL, or one of the names of brokers that are started. What may be a secret is left to those who read URLs. */
export function brokerOf(text: string): string {
  if (/^[a-z]+$/i.test(text) && !localNames.includes(text))
    throw new InvalidArgumentError(`There is no broker "${text}": ${hint(text, localNames)}`)
  return text
}

/** `a,b`. */
export function listOf(text: string): string[] {
  const names = text.split(',').map((name) => name.trim())
  if (names.includes('')) throw new InvalidArgumentError('Give names separated by commas.')
  return names
}

/** `a,new=b` as `{ a: 'a', new: 'b' }`. */
export function columnsOf(text: string): Record<string, string> {
  const pairs = new Map<string, string>()
  for (const entry of listOf(text)) {
    const [, name, source] = /^([^=]+?)\s*=\s*(.+)$/.exec(entry) ?? [entry, entry, entry]
    if (name === undefined || source === undefined || (name === source && entry.includes('='))) {
      throw new InvalidArgumentError('Give name or newName=name, separated by commas.')
    }
    if (pairs.has(name))
      throw new InvalidArgumentError(`It names "${name}" twice: give each a name of its own.`)
    pairs.set(name, source)
  }
  return Object.fromEntries(pairs)
}

/** One character; `\t` is the tab, which is hard to type in a shell. */
export function delimiterOf(text: string): string {
  const character = text === '\\t' ? '\t' : text
  if (/^[^"\r\n]$/.test(character)) return character
  throw new InvalidArgumentError('Give one character that is no quote, such as ; or \\t for a tab.')
}

/** `memory`, `fs:<folder>`, `redis://…`, or `<driver>:<options as JSON>`. */
export function storeOf(text: string): Store {
  const [, driver = text, rest] = /^([^:]*):(.*)$/s.exec(text) ?? []
  refuseUnknown(driver)
  if (rest === undefined) return { driver, options: {} }
  if (rest === '') {
    throw new InvalidArgumentError(
      driver.startsWith('fs')
        ? `Give a folder: ${driver}:./out.`
        : `Give what follows "${driver}:", or leave out the colon.`,
    )
  }
  if (/^rediss?:\/\//.test(text)) return { driver: 'redis', options: { url: text } }
  if (!rest.startsWith('{')) {
    return { driver, options: { base: driver.startsWith('fs') ? fromUser(rest) : rest } }
  }
  try {
    return { driver, options: JSON.parse(rest) }
  } catch {
    throw new InvalidArgumentError(`The options of ${driver} are not JSON.`)
  }
}

function refuseUnknown(driver: string): void {
  if (driver === 'null') throw new InvalidArgumentError('The driver "null" keeps nothing: use memory.')
  if (driver === 'rediss' || Object.hasOwn(drivers, driver)) return
  const near = nearest(
    driver,
    Object.keys(drivers).filter((name) => name !== 'null'),
  )
  // What begins otherwise is seldom a slip of the fingers.
  const hint = near?.[0] === driver[0] ? `did you mean "${near}"?` : 'use memory, fs:<folder> or redis://…'
  throw new InvalidArgumentError(
    `There is no driver "${driver}": ${hint} All of them: https://unstorage.unjs.io/drivers`,
  )
}
