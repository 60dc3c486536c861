import { rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type CloudEvent, type Handler, messageOf, WaybillError } from '../../adapters/index.ts'
import { keyOf, type StoreHandler } from '../../functions/store/handler.ts'

/** Empties the store where it is this folder: rows of an earlier run would pass for this one's. Others are left alone. */
export async function emptyOwn(
  { driver, options }: Readonly<Record<string, unknown>>,
  folder: string,
): Promise<void> {
  const base = typeof options === 'object' && options !== null && 'base' in options ? options.base : undefined
  if (driver === 'fs' && typeof base === 'string' && resolve(base) === folder) {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Writes to the store and takes it back: a store that is down would fail for each row, with all its retries. */
export async function tryOut(handler: Handler): Promise<void> {
  if (!isStoreHandler(handler)) return
  const key = `waybill-${crypto.randomUUID()}`
  try {
    await handler.storage.setItem(key, 'may be removed')
    await handler.storage.removeItem(key)
  } catch (cause) {
    throw new WaybillError('ERR_CONFIG', `the store cannot be written to: ${messageOf(cause)}`, { cause })
  }
}

/** The data of these events, as the store gives them back. */
export async function readBack(handler: Handler, events: readonly CloudEvent[]): Promise<unknown[]> {
  if (!isStoreHandler(handler)) return []
  const rows = await Promise.all(events.map((event) => handler.storage.getItem(keyOf(event))))
  return rows.filter((row) => row !== null)
}

function isStoreHandler(handler: Handler): handler is StoreHandler {
  return 'storage' in handler
}
