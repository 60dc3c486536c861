import type { Capabilities, StartKind } from '../../adapters/core/driver.ts'
import type { Harness } from './harness.ts'
import type { Trial } from './trial.ts'

/** `true`, or the reason why a case does not apply. */
export type Needs = (capabilities: Capabilities, harness: Harness) => true | string

/** One thing that every broker keeps to, as plain data. */
export interface Case {
  /** A sentence: what holds. */
  readonly name: string
  /** Numbers of the {@link checklist}. */
  readonly checks: readonly number[]
  readonly needs: Needs
  /** Rejects where the broker does not keep to it. */
  run(trial: Trial): Promise<void>
}

/** `true`, or the reason why a case does not apply to this broker, or cannot be shown with its server here. */
export function appliesTo(each: Case, capabilities: Capabilities, harness: Harness): true | string {
  return harness.beyond?.[each.name] ?? each.needs(capabilities, harness)
}

export const always: Needs = () => true

/** The first reason of several conditions. */
export function all(...conditions: readonly Needs[]): Needs {
  return (capabilities, harness) => {
    for (const condition of conditions) {
      const answer = condition(capabilities, harness)
      if (answer !== true) return answer
    }
    return true
  }
}

export const atLeastOnce: Needs = ({ delivery }) =>
  delivery === 'at-least-once' || 'the broker delivers at most once'

export const ordered: Needs = ({ ordering }) => ordering === 'lane' || 'the broker promises no order'

export const headers: Needs = (capabilities) => capabilities.headers || 'messages have no headers'

/** Two keys can be in different lanes. */
export const lanes: Needs = (_, harness) => harness.lanes !== 1 || 'topics have one lane'

/** Members of a group work at the same time. */
export const shared: Needs = (_, harness) =>
  harness.sharesGroups !== false || 'one member of a group reads at a time'

export const missingTopic: Needs = (_, harness) =>
  harness.missingTopic !== undefined || 'the broker creates topics when they are used'

export function declares(kind: StartKind): Needs {
  return ({ replay }) => replay.includes(kind) || `the broker does not declare "${kind}"`
}
