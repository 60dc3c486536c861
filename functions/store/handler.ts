import type { Storage } from 'unstorage'
import * as z from 'zod'
import { type Handler, TerminalError } from '../../adapters/core/index.ts'
import { parseOptions } from '../options.ts'
import { keyOf } from './key.ts'
import { openStorage, type StorageOptions } from './storage.ts'

export { keyOf } from './key.ts'
export { openStorage, type StorageOptions } from './storage.ts'

/** Settings of `store`. */
export type StoreOptions = StorageOptions

/** Puts rows into `storage`; disposing of it closes the storage. */
export interface StoreHandler extends AsyncDisposable {
  (...args: Parameters<Handler>): Promise<void>
  readonly storage: Storage
}

const schema = z
  .strictObject({
    driver: z.string().min(1).describe("the name of a driver, such as 'memory' or 'fs'"),
    options: z.record(z.string(), z.unknown()).describe('an object').optional(),
  })
  .describe("{ driver: 'fs', options: { base: './out' } }")

/**
 * Keeps the data of each event as JSON under `<subject>:<sequence>`. The same event gives the same key and the same bytes,
 * so a repeated delivery changes nothing. Throws `ERR_CONFIG` and `ERR_MISSING_CLIENT`, as `openStorage` does.
 */
export async function createHandler(options: StoreOptions): Promise<StoreHandler> {
  const storage = await openStorage(parseOptions('store', schema, options))
  async function store(...[event]: Parameters<Handler>): Promise<void> {
    const { data } = event
    if (data === undefined || ArrayBuffer.isView(data)) {
      throw new TerminalError(`event ${event.id} has no JSON data: send its columns as application/json`)
    }
    await storage.setItem(keyOf(event), JSON.stringify(data))
  }
  return Object.assign(store, { storage, [Symbol.asyncDispose]: () => storage.dispose() })
}
