import { adapters } from '../adapters/index.ts'
import { schemeOf } from './config/broker-url.ts'
import type { ResolvedConfig } from './config/index.ts'

/** As long as other brokers take to tell that nobody answers. */
const connectMs = 3_000

/**
 * The configuration for a command that somebody waits for. A worker gives a server that still starts ten seconds and more; here
 * one that is not there is told soon, unless the configuration has a `connectMs` of its own.
 */
export function promptly(config: ResolvedConfig): ResolvedConfig {
  const brokers = [...config.brokers].map(([name, broker]) => {
    const adapter = adapters.find(({ schemes }) => schemes.includes(schemeOf(broker.url)))
    const isOpen = adapter?.parameters.connectMs !== undefined && !/[?&]connectMs=/.test(broker.url)
    return [name, isOpen ? { connectMs, ...broker } : broker] as const
  })
  return { ...config, brokers: new Map(brokers) }
}
