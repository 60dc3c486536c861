import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from '../../cli/build/build.ts'
import type { Placement } from '../place.ts'
import type { PubsubPlan } from './plan.ts'

/** What an image is made of. */
export interface ImageSource {
  readonly name: string
  readonly folder: string
}

const hosts = { push: 'http', pull: 'worker' } as const

/** With it, buildpacks know a folder as an application of Node.js, and how it starts. */
const packageFile = {
  private: true,
  type: 'module',
  main: 'index.mjs',
  scripts: { start: 'node index.mjs' },
  engines: { node: '24.x' },
}

/** Bundles every function for the way in which events come to it, into `<out>/http` and `<out>/worker`. */
export async function imageSources(
  { config }: Placement,
  { functions }: Pick<PubsubPlan, 'functions'>,
  out: string,
): Promise<readonly ImageSource[]> {
  const sources: ImageSource[] = []
  for (const kind of ['push', 'pull'] as const) {
    const chosen = functions.filter(({ delivery }) => delivery.kind === kind).map((fn) => fn.config)
    if (chosen.length === 0) continue
    const { folder, manifest } = await build(config, chosen, { host: hosts[kind], out, external: [] })
    sources.push(...manifest.functions.map((fn) => ({ name: fn.name, folder: join(folder, fn.folder) })))
  }
  for (const { folder } of sources)
    await writeFile(join(folder, 'package.json'), `${JSON.stringify(packageFile, undefined, 2)}\n`)
  return sources
}
