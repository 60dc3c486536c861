import {
  aws_cloudwatch_actions as actions,
  aws_cloudwatch as cloudwatch,
  Duration,
  type aws_lambda as lambda,
  aws_sns as sns,
} from 'aws-cdk-lib'
import { Construct } from 'constructs'
import type { Stage } from '../stage.ts'
import type { EventSource } from './event-source.ts'

/** A function whose state is shown. */
export interface Watched {
  readonly name: string
  readonly function: lambda.IFunction
  readonly mapping: lambda.EventSourceMapping
  readonly source: EventSource
  readonly stage: Stage
}

const period = Duration.minutes(5)

/** A metric of the event source mapping itself, which `MetricsConfig` turns on. */
export function mappingMetric({ mapping }: Pick<Watched, 'mapping'>, metricName: string): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: 'AWS/Lambda',
    metricName,
    dimensionsMap: { EventSourceMappingUUID: mapping.eventSourceMappingId },
    statistic: 'Sum',
    period,
  })
}

/** Alarms of one function: it falls behind, fails, is throttled, gives events up, or cannot even do that. */
export function addAlarms(scope: Construct, watched: Watched): void {
  const { name, function: fn, source, stage } = watched
  const alarms = new Construct(scope, 'Alarms')
  const { metric, threshold, unit } = source.lag(fn)
  const topic =
    stage.notify === undefined ? undefined : sns.Topic.fromTopicArn(alarms, 'Notify', stage.notify)

  function add(id: string, of: cloudwatch.Metric, least: number, text: string, periods: number): void {
    const alarm = new cloudwatch.Alarm(alarms, id, {
      metric: of,
      threshold: least,
      evaluationPeriods: periods,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
      alarmDescription: `${stage.project} ${stage.name}, function ${name}: ${text}`,
    })
    if (topic !== undefined) alarm.addAlarmAction(new actions.SnsAction(topic))
  }

  add(
    'Behind',
    metric,
    threshold,
    `it is ${threshold} ${unit} behind ${source.description}`,
    stage.alarmPeriods,
  )
  add('Errors', fn.metricErrors({ period }), 1, 'calls fail as a whole', stage.alarmPeriods)
  add(
    'Throttles',
    fn.metricThrottles({ period }),
    1,
    'calls are refused: the account has no more concurrency',
    stage.alarmPeriods,
  )
  const given = mappingMetric(watched, 'OnFailureDestinationDeliveredEventCount')
  add('DeadLetters', given, 1, 'events were given up and lie at the failure destination', 1)
  const lost = fn.metric('DestinationDeliveryFailures', { statistic: 'Sum', period })
  add('LostDeadLetters', lost, 1, 'events were given up and the failure destination did not take them', 1)
}
