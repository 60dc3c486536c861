import { createStorage, type Driver, type Storage } from 'unstorage'
import { codeOf, messageOf, nearest, WaybillError } from '../../adapters/core/index.ts'
import { drivers } from './drivers.ts'

/** Which storage, and its settings: those of unstorage's driver of that name. */
export interface StorageOptions {
  /** `memory`, `fs`, `redis`, `s3` …: see https://unstorage.unjs.io/drivers. */
  readonly driver: string
  /** Given to the driver, for example `{ base: './out' }` for `fs`. */
  readonly options?: Readonly<Record<string, unknown>> | undefined
}

/**
 * Opens a key-value store by the name of its driver. Throws `ERR_CONFIG` for an unknown driver, one that cannot write, or
 * settings it refuses, and `ERR_MISSING_CLIENT` naming the package that a driver needs.
 */
export async function openStorage({ driver: name, options = {} }: StorageOptions): Promise<Storage> {
  const load = Object.hasOwn(drivers, name) ? drivers[name] : undefined
  if (load === undefined) {
    const near = nearest(name, Object.keys(drivers))
    const meant = near === undefined ? 'use one that is known.' : `did you mean "${near}"?`
    throw refused(`unknown driver "${name}": ${meant} All of them: https://unstorage.unjs.io/drivers`)
  }
  const { default: create } = await load().catch((cause: unknown) => {
    throw missing(name, cause)
  })
  const driver = created(name, create, options)
  if (driver.setItem === undefined) throw refused(`driver "${name}" only reads: use one that can write`)
  return createStorage({ driver })
}

function created(name: string, create: unknown, options: object): Driver {
  if (!isFactory(create))
    throw refused(`driver "${name}" of the installed unstorage is no function: update unstorage`)
  try {
    return create({ ...options })
  } catch (cause) {
    const reason = messageOf(cause).replace(/^(\[[\w-]+\] )+/, '')
    throw refused(`driver "${name}" refused its options: ${reason}`, cause)
  }
}

function missing(name: string, cause: unknown): WaybillError {
  const [, needed] = /Cannot find (?:package|module) '([^'./][^']*)'/.exec(messageOf(cause)) ?? []
  const isMissing = /MODULE_NOT_FOUND$/.test(codeOf(cause) ?? '') && needed !== undefined
  if (!isMissing)
    return refused(`driver "${name}" cannot be loaded: ${messageOf(cause).split('\n')[0]}`, cause)
  const text = `driver "${name}" needs the package "${needed}": run npm install ${needed}`
  return new WaybillError('ERR_MISSING_CLIENT', text, { adapter: 'store', cause })
}

function isFactory(value: unknown): value is (options: object) => Driver {
  return typeof value === 'function'
}

function refused(message: string, cause?: unknown): WaybillError {
  return new WaybillError('ERR_CONFIG', message, { adapter: 'store', cause })
}
