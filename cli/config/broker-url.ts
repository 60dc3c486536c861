import type { BrokerConfig } from '../../adapters/core/connect.ts'

/** What the variables begin with that replace the URL of a broker. */
export const variablePrefix = 'WAYBILL_BROKER_'

/** The variable that replaces the URL of the broker of this name. */
export function variableOf(name: string): string {
  return variablePrefix + name.toUpperCase().replace(/[^A-Z0-9]/g, '_')
}

/** A broker at another URL. Options belong to a transport, so they stay only where the new URL has the same scheme. */
export function withUrl(broker: BrokerConfig | undefined, url: string): BrokerConfig {
  const isSame = broker !== undefined && schemeOf(broker.url) === schemeOf(url)
  return { ...(isSame ? broker : {}), url }
}

export function schemeOf(url: string): string {
  return url.split(':', 1)[0]?.toLowerCase() ?? ''
}
