import { bindingOptionNames, bindingParameters } from '../../adapters/core/binding-options.ts'
import type { Broker } from '../../adapters/core/broker.ts'
import {
  type Adapter,
  type BrokerConfig,
  connectWith,
  type ParameterType,
} from '../../adapters/core/connect.ts'
import type { Logger } from '../../adapters/core/observe.ts'
import { variableOf, withUrl } from '../config/broker-url.ts'
import type { Config } from '../config/schema.ts'

type Brokers = Pick<Config, 'brokers'>

/** What is opened at its first use, and closed if it was. */
export interface LazyBroker {
  (): Promise<Broker>
  readonly close: () => Promise<void>
}

/**
 * The broker of the configuration by this name, opened when it is first asked for and again after that failed. Its URL is
 * `WAYBILL_BROKER_<NAME>` of the environment, else the configuration's.
 */
export function brokerOf(
  config: Brokers,
  name: string,
  adapters: readonly Adapter[],
  logger?: Logger,
): LazyBroker {
  let opened: Promise<Broker> | undefined
  const open = () => {
    opened ??= connectWith(adapters, settingsOf(config, name), logger).catch((error: unknown) => {
      opened = undefined
      throw error
    })
    return opened
  }
  return Object.assign(open, { close: async () => (await opened)?.close() })
}

/** The configuration with these URLs, which the build was given. Those of the environment replace them too. */
export function withUrls(config: Config, urls: Readonly<Record<string, string>>): Config {
  const replaced = Object.entries(urls).map(
    ([name, url]) => [name, withUrl(writtenAs(config, name), url)] as const,
  )
  return { ...config, brokers: { ...config.brokers, ...Object.fromEntries(replaced) } }
}

/**
 * How the broker of this name is read, for a host that is given what it holds: the options of its binding, from its URL and
 * its settings. `own` are those that this binding has beside the common ones.
 */
export function bindingOf(
  config: Brokers,
  name: string,
  own: Readonly<Record<string, ParameterType>> = {},
): Readonly<Record<string, unknown>> {
  const { url, ...options } = settingsOf(config, name)
  const types = { ...bindingParameters, ...own }
  const query = new URLSearchParams(url.split(/\?(.*)/s, 2)[1] ?? '')
  const names = new Set([...Object.keys(types), ...bindingOptionNames])
  const found = [...names].flatMap((option) => {
    const text = query.get(option)
    const value = options[option] ?? (text === null ? undefined : converted(text, types[option]))
    return value === undefined ? [] : [[option, value] as const]
  })
  return Object.fromEntries(found)
}

function settingsOf(config: Brokers, name: string): BrokerConfig {
  const written = writtenAs(config, name)
  const url = process.env[variableOf(name)] || written?.url
  return url === undefined ? { url: '' } : withUrl(written, url)
}

function writtenAs({ brokers }: Brokers, name: string): BrokerConfig | undefined {
  const written = brokers[name]
  return typeof written === 'string' ? { url: written } : written
}

/** The binding refuses what is of another type. */
function converted(text: string, type: ParameterType | undefined): string | boolean {
  return type === 'boolean' && (text === 'true' || text === 'false') ? text === 'true' : text
}
