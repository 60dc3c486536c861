import type * as kms from 'aws-cdk-lib/aws-kms'
import type { Stack } from 'aws-cdk-lib/core'
import type { FailureSettings } from '../policy/mapping.ts'
import type { Stage } from '../stage.ts'
import {
  type FailureDestination,
  failureBucket,
  failureQueue,
  toBucket,
  toQueue,
} from './failure-destination.ts'
import { idOf } from './names.ts'

/** A function with what its mapping does to failures. */
interface Failing {
  readonly config: { readonly name: string }
  readonly compiled: { readonly settings: { readonly failures: FailureSettings } }
}

/** Makes the places for what functions give up, and tells where each function's is. Events lie there under the key of their streams. */
export function addFailures(
  stack: Stack,
  functions: readonly Failing[],
  stage: Stage,
  key?: kms.IKey,
): (name: string) => FailureDestination {
  const destinations = new Map<string, FailureDestination>()
  const inBucket = functions.filter(({ compiled }) => compiled.settings.failures.destination === 's3')
  const longest = inBucket
    .map(({ compiled }) => compiled.settings.failures)
    .toSorted((a, b) => b.days - a.days)[0]
  if (longest !== undefined) {
    const exportName = `${stack.stackName}-failures`
    stack.exportValue(failureBucket(stack, longest, stage, key).bucketArn, { name: exportName })
    for (const { config } of inBucket) destinations.set(config.name, toBucket(exportName, key))
  }
  for (const { config, compiled } of functions) {
    const { failures } = compiled.settings
    if (failures.destination === 'sqs')
      destinations.set(
        config.name,
        toQueue(failureQueue(stack, `${idOf(config.name)}Failures`, failures, stage)),
      )
  }
  return (name) => {
    const found = destinations.get(name)
    if (found === undefined) throw new Error(`the plan has no function ${name}`)
    return found
  }
}
