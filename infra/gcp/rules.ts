import {
  accountsAreOwn,
  environmentIsNoSecret,
  imagesAreFixed,
  ingressIsClosed,
  nobodyIsPublic,
  rolesAreNarrow,
} from './rules/access.ts'
import { argumentsAreKnown } from './rules/arguments.ts'
import {
  backoffIsLegal,
  deadlinesAreLongEnough,
  eventsAreKept,
  orderIsKept,
  pushesAreAuthenticated,
} from './rules/delivery.ts'
import { factsOf, type Rule } from './rules/facts.ts'
import {
  agentMayForward,
  deadLettersArePresent,
  failuresAreHeardOf,
  workersMayDeadLetter,
} from './rules/failure-path.ts'
import type { TerraformJson } from './terraform-json.ts'

const rules: readonly Rule[] = [
  argumentsAreKnown,
  nobodyIsPublic,
  rolesAreNarrow,
  ingressIsClosed,
  accountsAreOwn,
  environmentIsNoSecret,
  imagesAreFixed,
  pushesAreAuthenticated,
  deadlinesAreLongEnough,
  eventsAreKept,
  orderIsKept,
  backoffIsLegal,
  deadLettersArePresent,
  workersMayDeadLetter,
  agentMayForward,
  failuresAreHeardOf,
]

/**
 * Every rule that these modules break, taken together: what is wrong, at which argument of which resource, and how to mend it.
 * Reads nothing but the modules.
 */
export function faultsOf(modules: Readonly<Record<string, TerraformJson>>): readonly string[] {
  const facts = factsOf(modules)
  return rules.flatMap((rule) => rule(facts))
}
