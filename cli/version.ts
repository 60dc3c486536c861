import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import * as z from 'zod'

/** The version of this copy of the library. */
export function version(): string {
  const manifest = createRequire(import.meta.url).resolve('waybill/package.json')
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(manifest, 'utf8'))).version
}
