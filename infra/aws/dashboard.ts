import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch'
import { Duration } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import { mappingMetric, type Watched } from './alarms.ts'

const half = 12
const period = Duration.minutes(5)

/** One page that answers: does it keep up, does it fail, what was given up. */
export function addDashboard(scope: Construct, watched: Watched): void {
  const { name, function: fn, source } = watched
  const graph = (title: string, left: cloudwatch.IMetric[], right: cloudwatch.IMetric[] = []) =>
    new cloudwatch.GraphWidget({ title, left, right, width: half })
  const dashboard = new cloudwatch.Dashboard(scope, 'Dashboard', { defaultInterval: Duration.hours(12) })
  dashboard.addWidgets(
    graph(`${name}: behind ${source.description}`, [source.lag(fn).metric]),
    graph('Calls', [
      fn.metricInvocations({ period }),
      fn.metricErrors({ period }),
      fn.metricThrottles({ period }),
    ]),
  )
  dashboard.addWidgets(
    graph(
      'Duration and concurrency',
      [fn.metricDuration({ period, statistic: 'p99' })],
      [fn.metric('ConcurrentExecutions', { statistic: 'Maximum', period })],
    ),
    graph('Given up', [
      mappingMetric(watched, 'OnFailureDestinationDeliveredEventCount'),
      fn.metric('DestinationDeliveryFailures', { statistic: 'Sum', period }),
    ]),
  )
}
