import { posix } from 'node:path'
import type { Archive } from './archive.ts'
import { parseSmallXml } from './xml.ts'

/** A link from one part to another (ECMA-376 part 2, 6.5). */
export interface Relationship {
  readonly id: string
  /** The last word of its type: transitional and strict workbooks differ in what is before it. */
  readonly type: string
  /** Path of the part that it leads to. */
  readonly target: string
}

/** The links of a part, or of the archive as a whole for the name `''`; none when there is no list of them. */
export async function readRelationships(archive: Archive, name: string): Promise<readonly Relationship[]> {
  const folder = posix.dirname(name)
  const part = archive.part(posix.join(folder, '_rels', `${posix.basename(name)}.rels`))
  const found: Relationship[] = []
  if (part === undefined) return found
  await parseSmallXml(part, {
    open(element, { Id = '', Type = '', Target = '', TargetMode }) {
      if (element !== 'Relationship' || TargetMode === 'External') return
      const target = Target.startsWith('/') ? Target.slice(1) : posix.join(folder, Target)
      found.push({ id: Id, type: Type.slice(Type.lastIndexOf('/') + 1), target })
    },
  })
  return found
}
