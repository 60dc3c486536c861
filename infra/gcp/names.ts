import { createHash } from 'node:crypto'
import type { Notes } from '../policy/compiled.ts'
import type { Stage } from '../stage.ts'

/** Cloud Run reference, "Service naming". */
const mostService = 49
/** IAM reference, `projects.serviceAccounts.create`. */
const mostAccount = 30

/** The name of a function at Cloud Run, which takes lower case and no "_". */
export function cloudRunName(stage: Stage, fn: string, noted: Notes): string {
  const name = `${stage.project}-${stage.name}-${fn.toLowerCase().replaceAll('_', '-')}`.replace(/-+$/, '')
  if (name.length > mostService)
    noted.refuse(
      `functions.${fn}`,
      `at Cloud Run it is called ${name}, which has ${name.length} characters of at most ${mostService}: ` +
        'shorten the name, or infra.project',
    )
  return name
}

/** The id of a service account. What does not fit ends in a fingerprint of the rest. */
export function accountId(service: string, role: 'run' | 'push'): string {
  const id = `${service}-${role}`
  if (id.length <= mostAccount) return id
  const fingerprint = createHash('sha256').update(service).digest('hex').slice(0, 6)
  const room = mostAccount - fingerprint.length - role.length - 2
  return `${service.slice(0, room).replace(/-+$/, '')}-${fingerprint}-${role}`
}

/** A label out of any text. */
export function labelOf(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^\p{Ll}\p{N}_-]/gu, '-')
    .slice(0, 63)
}

/** An id of a construct out of a name: what is no letter, digit, "-" or "_" becomes "_" and its code, so that no two meet. */
export function idOf(...names: readonly string[]): string {
  return names
    .join('-')
    .replaceAll(/[^A-Za-z0-9-]/g, (character) => `_${character.codePointAt(0)?.toString(16)}_`)
}
