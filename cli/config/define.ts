import type { Config } from './schema.ts'

/** Gives `waybill.config.ts` its types; returns what it was given. */
export function defineConfig(config: Config): Config {
  return config
}
