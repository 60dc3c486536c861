import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { WaybillError } from '../adapters/core/errors.ts'
import { build } from '../cli/build/build.ts'
import type { Placement } from './place.ts'
import { platforms } from './platform.ts'

/** What is deployed of a function. */
export interface FunctionBundle {
  readonly name: string
  readonly folder: string
  /** What the platform calls, in its own spelling; `null` where the module is a program. */
  readonly handler: string | null
}

/** Bundles every function for its platform, into `out`. */
export async function bundlesOf(
  { platform, config, functions }: Placement,
  out: string,
): Promise<readonly FunctionBundle[]> {
  const { host } = platforms[platform]
  const { folder, manifest } = await build(
    config,
    functions.map(({ config: fn }) => fn),
    { host, out, external: [] },
  )
  return manifest.functions.map(({ name, folder: place, handler }) => ({
    name,
    folder: join(folder, place),
    handler,
  }))
}

/** The bundle of one function. Throws `ERR_NOT_FOUND` where there is none. */
export function bundleNamed(bundles: readonly FunctionBundle[], name: string): FunctionBundle {
  const found = bundles.find((bundle) => bundle.name === name)
  if (found !== undefined && existsSync(join(found.folder, 'index.mjs'))) return found
  const place = found === undefined ? '' : ` in ${resolve(found.folder)}`
  throw new WaybillError(
    'ERR_NOT_FOUND',
    `function "${name}" has no bundle${place}: run waybill build, or waybill synth, which builds`,
  )
}
