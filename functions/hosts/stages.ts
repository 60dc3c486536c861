import { resolvePolicy } from '../../adapters/core/policy.ts'
import type { WorkerFunction } from './worker.ts'

/**
 * Groups functions into stages: each comes before those that read what it emits or dead-letters. Closed in this order, a
 * function still has readers while it finishes, so that a full topic cannot hold it up. A cycle is one stage.
 */
export function stages<T extends WorkerFunction>(functions: readonly T[]): T[][] {
  const ordered: T[][] = []
  let rest = [...functions]
  while (rest.length > 0) {
    const first = rest.filter((each) => !rest.some((other) => other !== each && feeds(other, each)))
    const stage = first.length > 0 ? first : rest
    ordered.push(stage)
    rest = rest.filter((each) => !stage.includes(each))
  }
  return ordered
}

function feeds(from: WorkerFunction, to: WorkerFunction): boolean {
  const { topic } = to.source
  const emits = from.sink?.topic === topic && (from.sink.broker ?? from.broker) === to.broker
  const { deadLetter } = resolvePolicy(from.policy ?? {}, from.source.group)
  return emits || (deadLetter === topic && from.broker === to.broker)
}
