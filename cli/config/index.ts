/** `waybill/config`: the configuration file, its types, and how it is read. */
export { defineConfig } from './define.ts'
export type { Hosts } from './hosts.ts'
export type { Idempotency } from './idempotency.ts'
export type { InfraConfig } from './infra.ts'
export {
  findConfig,
  type LoadOptions,
  loadConfig,
  type ResolvedConfig,
  type ResolveOptions,
  resolveConfig,
} from './load.ts'
export type { FunctionConfig } from './resolve.ts'
export type { Config } from './schema.ts'
