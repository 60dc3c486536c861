import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch'
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions'
import * as sns from 'aws-cdk-lib/aws-sns'
import type { Construct } from 'constructs'
import type { Stage } from '../stage.ts'

export interface AlarmSettings {
  readonly id: string
  readonly metric: cloudwatch.IMetric
  /** It rings from here on. */
  readonly threshold: number
  readonly text: string
  /** Periods that it must last. Default: those of the stage. */
  readonly periods?: number
  /** Whether it rings where the metric says nothing. Default false. */
  readonly isMissed?: boolean
}

/** Makes alarms of `what`, which go to the topic of the stage. */
export function alarmsOf(scope: Construct, stage: Stage, what: string): (settings: AlarmSettings) => void {
  const { project, name, notify, alarmPeriods } = stage
  const topic = notify === undefined ? undefined : sns.Topic.fromTopicArn(scope, 'Notify', notify)
  const { BREACHING, NOT_BREACHING } = cloudwatch.TreatMissingData
  return ({ id, metric, threshold, text, periods = alarmPeriods, isMissed = false }) => {
    const alarm = new cloudwatch.Alarm(scope, id, {
      metric,
      threshold,
      evaluationPeriods: periods,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: isMissed ? BREACHING : NOT_BREACHING,
      alarmDescription: `${project} ${name}, ${what}: ${text}`,
    })
    if (topic !== undefined) alarm.addAlarmAction(new actions.SnsAction(topic))
  }
}
