import type { BrokerConfig } from '../../adapters/core/connect.ts'
import { hint, nearest } from '../../adapters/core/nearest.ts'
import { variableOf, variablePrefix, withUrl } from './broker-url.ts'
import type { Problem } from './problems.ts'
import type { CheckedConfig } from './schema.ts'

/** Where URLs come from that win over the file's: flags over environment. */
export interface BrokerOverrides {
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** `name=url`, or a URL alone where there is one broker. */
  readonly flags?: readonly string[] | undefined
}

/** Every broker with its final URL; what cannot be resolved goes to `problems`. */
export function resolveBrokers(
  written: CheckedConfig['brokers'],
  { env = {}, flags = [] }: BrokerOverrides,
  problems: Problem[],
): Map<string, BrokerConfig> {
  const brokers = new Map(
    Object.entries(written).map(([name, broker]) => [
      name,
      typeof broker === 'string' ? { url: broker } : broker,
    ]),
  )
  const names = [...brokers.keys()]
  const byVariable = new Map<string, string>()
  for (const name of names) {
    const variable = variableOf(name)
    const other = byVariable.get(variable)
    if (other !== undefined) {
      problems.push({
        path: `brokers.${name}`,
        message: `shares ${variable} with "${other}": rename one of them`,
      })
    }
    byVariable.set(variable, name)
  }
  for (const [variable, url] of Object.entries(env)) {
    if (!variable.startsWith(variablePrefix) || url === undefined || url === '') continue
    const name = byVariable.get(variable)
    if (name !== undefined) brokers.set(name, withUrl(brokers.get(name), url))
    else problems.push({ path: variable, message: unknownVariable(variable, byVariable) })
  }
  for (const flag of flags) {
    const [, name, url = flag] = /^([\w-]+)=(.*)$/s.exec(flag) ?? []
    const target = name ?? (names.length > 1 ? undefined : (names[0] ?? 'main'))
    if (target === undefined) {
      problems.push({
        path: '--broker',
        message: `there are ${names.length} brokers: write --broker ${names[0]}=<url>`,
      })
    } else if (names.length > 0 && !brokers.has(target)) {
      problems.push({ path: '--broker', message: unknownBroker(target, names) })
    } else brokers.set(target, withUrl(brokers.get(target), url))
  }
  return brokers
}

/** The broker that is meant where none is named: the only one, or `main`. */
export function defaultBroker(names: readonly string[]): string | undefined {
  return names.length === 1 ? names[0] : names.find((name) => name === 'main')
}

export function unknownBroker(written: string, names: readonly string[]): string {
  if (names.length === 0) return `there is no broker "${written}": add it to "brokers"`
  return `there is no broker "${written}": ${hint(written, names)}`
}

/** A variable tells its broker's name in its own spelling only, so the right variable is named beside the broker. */
function unknownVariable(written: string, byVariable: ReadonlyMap<string, string>): string {
  const name = written.slice(variablePrefix.length).toLowerCase()
  if (byVariable.size === 0) return unknownBroker(name, [])
  const meant = nearest(written, [...byVariable.keys()])
  if (meant === undefined) return unknownBroker(name, [...byVariable.values()])
  return `there is no broker "${name}": did you mean ${meant}, which is for "${byVariable.get(meant)}"?`
}
