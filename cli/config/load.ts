import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname, relative, resolve } from 'node:path'
import type { BrokerConfig } from '../../adapters/core/connect.ts'
import { WaybillError } from '../../adapters/core/errors.ts'
import { importModule } from '../import-module.ts'
import { reasonOf } from '../report.ts'
import { resolveBrokers } from './brokers.ts'
import type { InfraConfig } from './infra.ts'
import { configError, type Problem, problemsOf, wording } from './problems.ts'
import { type FunctionConfig, resolveFunctions } from './resolve.ts'
import { configSchema } from './schema.ts'

/** A configuration that was checked, with defaults filled in and URLs replaced. */
export interface ResolvedConfig {
  /** The file it was read from, as an absolute path; absent where there is none. */
  readonly file?: string | undefined
  readonly brokers: ReadonlyMap<string, BrokerConfig>
  readonly functions: readonly FunctionConfig[]
  /** What is deployed, as it is written. */
  readonly infra?: InfraConfig | undefined
}

export interface ResolveOptions {
  /** The file's absolute path: errors name it, and handlers are relative to its folder. */
  readonly file?: string | undefined
  /** Where `WAYBILL_BROKER_<NAME>` is looked up. Default: nowhere. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** URLs that win over environment and file: `name=url`, or a URL alone where there is one broker. */
  readonly overrides?: readonly string[] | undefined
}

export interface LoadOptions extends Omit<ResolveOptions, 'file'> {
  /** Where to look, and what `file` is relative to. Default: the working directory. */
  readonly cwd?: string | undefined
  /** Default: `waybill.config` with the extension .ts, .js, .mjs, .json, .yaml or .yml. */
  readonly file?: string | undefined
}

const extensions = ['ts', 'js', 'mjs', 'json', 'yaml', 'yml']

/**
 * Finds, reads and checks the configuration. Reads that one file only: no `.env`, no rc files, nothing of the home
 * directory. Throws `ERR_CONFIG` listing every problem as `path: what: how to fix it`.
 */
export async function loadConfig(options: LoadOptions = {}): Promise<ResolvedConfig> {
  const found = await findConfig(options)
  if (found !== undefined) return found
  const { cwd = process.cwd(), file } = options
  throw new WaybillError(
    'ERR_CONFIG',
    file === undefined
      ? `no waybill.config.ts in ${resolve(cwd)}: create one (.js, .mjs, .json, .yaml and .yml do too), begin with waybill init, or name one with --config`
      : `no configuration file ${file} in ${resolve(cwd)}: correct the path given with --config`,
  )
}

/** As {@link loadConfig}, but `undefined` where there is no file. */
export async function findConfig(options: LoadOptions = {}): Promise<ResolvedConfig | undefined> {
  const { env, overrides } = options
  const file = findFile(resolve(options.cwd ?? '.'), options.file)
  return file === undefined ? undefined : resolveConfig(await readConfig(file), { file, env, overrides })
}

/** Checks a configuration and fills in what it leaves open. Throws `ERR_CONFIG` listing every problem. */
export function resolveConfig(written: unknown, options: ResolveOptions = {}): ResolvedConfig {
  const { file, env, overrides } = options
  const place = file === undefined ? 'the configuration' : relative(process.cwd(), file)
  const checked = configSchema.safeParse(written, { error: wording })
  if (!checked.success) throw configError(place, problemsOf(checked.error))
  const problems: Problem[] = []
  const brokers = resolveBrokers(checked.data.brokers, { env, flags: overrides }, problems)
  const directory = file === undefined ? process.cwd() : dirname(file)
  const functions = resolveFunctions(checked.data.functions, brokers, directory, problems)
  if (problems.length > 0) throw configError(place, problems)
  return { file, brokers, functions, infra: checked.data.infra }
}

function findFile(cwd: string, written: string | undefined): string | undefined {
  const names =
    written === undefined ? extensions.map((extension) => `waybill.config.${extension}`) : [written]
  const [file, second] = names.filter((name) => existsSync(resolve(cwd, name)))
  if (file === undefined) return undefined
  if (second === undefined) return resolve(cwd, file)
  throw new WaybillError(
    'ERR_CONFIG',
    `${cwd} holds both ${file} and ${second}: keep one, or name one with --config`,
  )
}

async function readConfig(file: string): Promise<unknown> {
  try {
    return /\.[mc]?[jt]s$/.test(file) ? await moduleConfig(file) : await dataConfig(file)
  } catch (cause) {
    throw new WaybillError('ERR_CONFIG', `${basename(file)} cannot be loaded: ${reasonOf(cause)}`, { cause })
  }
}

async function moduleConfig(file: string): Promise<unknown> {
  const { default: config } = await importModule(file)
  if (config === undefined)
    throw new Error('it has no default export: write export default defineConfig({ … })')
  return config
}

async function dataConfig(file: string): Promise<unknown> {
  // Imported here, so that a bundle that only calls `defineConfig` does not hold the parsers.
  const { parseData } = await import('./parse.ts')
  const config = parseData(await readFile(file, 'utf8'), file.endsWith('.json') ? 'JSON' : 'YAML')
  if (config === undefined || config === null) throw new Error('it is empty: write brokers and functions')
  return config
}
