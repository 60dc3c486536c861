import { describe, it } from '@jest/globals'
import { type ServerKind, whyUnavailable } from '../../dev/index.ts'

/**
 * Describes what needs a server. Where the server cannot be had, the tests count as skipped, and say why; with `CI` set
 * they fail.
 */
export async function describeWith(kind: ServerKind, name: string, tests: () => void): Promise<void> {
  const reason = await whyUnavailable(kind)
  if (reason === undefined) return describe(name, tests)
  describe(name, () => {
    if (process.env.CI) {
      it('can be had', () => {
        throw new Error(reason)
      })
    } else it.skip(`is not tested: ${reason}`, () => {})
  })
}
