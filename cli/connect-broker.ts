import { type Broker, connect, type Logger, WaybillError } from '../adapters/index.ts'
import { unknownBroker } from './config/brokers.ts'
import type { ResolvedConfig } from './config/index.ts'
import { located } from './report.ts'

/** Connects a broker of the configuration. The error names it. */
export async function connectBroker(config: ResolvedConfig, name: string, logger?: Logger): Promise<Broker> {
  const settings = config.brokers.get(name)
  if (settings === undefined)
    throw new WaybillError('ERR_CONFIG', unknownBroker(name, [...config.brokers.keys()]))
  try {
    return await connect(settings, logger)
  } catch (cause) {
    throw located(`brokers.${name}`, cause)
  }
}
