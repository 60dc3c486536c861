import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch'
import type * as lambda from 'aws-cdk-lib/aws-lambda'
import { Duration } from 'aws-cdk-lib/core'
import { Construct } from 'constructs'
import type { Stage } from '../stage.ts'
import { alarmsOf } from './alarm.ts'
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
  const add = alarmsOf(new Construct(scope, 'Alarms'), stage, `function ${name}`)
  const { metric, threshold, unit } = source.lag(fn)
  add({ id: 'Behind', metric, threshold, text: `it is ${threshold} ${unit} behind ${source.description}` })
  add({ id: 'Errors', metric: fn.metricErrors({ period }), threshold: 1, text: 'calls fail as a whole' })
  add({
    id: 'Throttles',
    metric: fn.metricThrottles({ period }),
    threshold: 1,
    text: 'calls are refused: the account has no more concurrency',
  })
  add({
    id: 'DeadLetters',
    metric: mappingMetric(watched, 'OnFailureDestinationDeliveredEventCount'),
    threshold: 1,
    text: 'events were given up and lie at the failure destination',
    periods: 1,
  })
  add({
    id: 'LostDeadLetters',
    metric: fn.metric('DestinationDeliveryFailures', { statistic: 'Sum', period }),
    threshold: 1,
    text: 'events were given up and the failure destination did not take them',
    periods: 1,
  })
}
