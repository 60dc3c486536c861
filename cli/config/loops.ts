import { resolvePolicy } from '../../adapters/core/policy.ts'
import type { Problem } from './problems.ts'
import type { FunctionConfig } from './resolve.ts'

/** Where results or dead letters come back to the function that they are of: each event would come back for ever. */
export function loops(functions: readonly FunctionConfig[]): Problem[] {
  return functions.flatMap((each) => {
    const { name, source, sink } = each
    const problems: Problem[] = []
    if (sink?.topic === source.topic && sink.broker === source.broker) {
      const message = `topic "${sink.topic}" is also its source, so every result would come back to it: choose another topic`
      problems.push({ path: `functions.${name}.sink`, message })
    }
    const topic = deadLetterOf(each)
    const way = wayBack(each, functions)
    if (way !== undefined) {
      const message =
        way.length === 0
          ? `topic "${topic}" is also its source, so dead letters would come back to it: choose another topic`
          : `topic "${topic}" leads its dead letters back to it by way of ${way.map((by) => `"${by}"`).join(', ')}, ` +
            'so an event that none of them can handle would go round for ever: choose another topic'
      problems.push({ path: `functions.${name}.policy.deadLetter`, message })
    }
    return problems
  })
}

/** The functions that dead letters pass until they are back, by the shortest way; `undefined` where they do not come back. */
function wayBack(start: FunctionConfig, functions: readonly FunctionConfig[]): readonly string[] | undefined {
  const seen = new Set<FunctionConfig>()
  let reached: readonly { readonly at: FunctionConfig; readonly way: readonly string[] }[] = [
    { at: start, way: [] },
  ]
  while (reached.length > 0) {
    const last = reached.find(({ at }) => deadLettersTo(at, start))
    if (last !== undefined) return last.way
    reached = reached.flatMap(({ at, way }) => {
      const next = functions.filter((each) => !seen.has(each) && deadLettersTo(at, each))
      for (const each of next) seen.add(each)
      return next.map((each) => ({ at: each, way: [...way, each.name] }))
    })
  }
  return undefined
}

function deadLettersTo(from: FunctionConfig, { source }: FunctionConfig): boolean {
  return deadLetterOf(from) === source.topic && from.source.broker === source.broker
}

/** None where the policy is wrong, which is told elsewhere. */
function deadLetterOf({ source, policy }: FunctionConfig): string | false {
  try {
    return resolvePolicy(policy, source.group).deadLetter
  } catch {
    return false
  }
}
