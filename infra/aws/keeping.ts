import * as logs from 'aws-cdk-lib/aws-logs'
import { RemovalPolicy } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import type { Stage } from '../stage.ts'

/** What becomes of data when their stack goes. */
export function removalOf({ keepsData }: Pick<Stage, 'keepsData'>): RemovalPolicy {
  return keepsData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY
}

/** Logs that end, as the stage says. */
export function addLogs(scope: Construct, id: string, stage: Stage): logs.LogGroup {
  return new logs.LogGroup(scope, id, { retention: stage.logDays, removalPolicy: removalOf(stage) })
}
