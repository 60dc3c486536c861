import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FunctionBundle } from '../bundles.ts'

/** The image that bundles run in; Node.js as the bundles are tested with. */
const image = 'public.ecr.aws/docker/library/node:24-slim'

/** Where the container keeps its program; nothing else of its file system is written to. */
const dockerfile = `FROM ${image}
WORKDIR /app
COPY index.mjs index.mjs.map* ./
USER node
ENV NODE_OPTIONS=--enable-source-maps
CMD ["node", "index.mjs"]
`

/** The folder of an image of a worker, beside its bundle. Building it needs Docker; synthesis only looks at the files. */
export function imageFolder({ folder }: FunctionBundle): string {
  const place = `${folder}-image`
  rmSync(place, { recursive: true, force: true })
  mkdirSync(place, { recursive: true })
  cpSync(folder, place, { recursive: true })
  writeFileSync(join(place, 'Dockerfile'), dockerfile)
  return place
}
