import { Validations } from 'aws-cdk-lib/core'
import type { IConstruct } from 'constructs'

/** Accepts findings of cdk-nag on a construct and below it, each by its rule and with the reason. */
export function acknowledge(construct: IConstruct, reasons: Readonly<Record<string, string>>): void {
  for (const [rule, reason] of Object.entries(reasons))
    Validations.of(construct).acknowledge({ id: `AwsSolutions::${rule}`, reason })
}
