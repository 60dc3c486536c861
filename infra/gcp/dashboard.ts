import type { Construct } from 'constructs'
import { failures, oldestAge, pushes, waiting } from './alerts.ts'
import type { PubsubPlan } from './plan.ts'
import { GoogleResource } from './resource.ts'

const tile = { width: 24, height: 16 }

/** One row for each function: does it keep up, does it fail, what was given up. */
export function addDashboard(scope: Construct, plan: PubsubPlan): void {
  const { stage, functions, topics } = plan
  const deadLetters = new Map(topics.map((each) => [each.topic, each.deadLetters?.subscription]))
  const rows = functions.map(({ config: { name }, subscription, service, delivery, deadLetterTopic }) => {
    const age = chart(`${name}: oldest event, s`, oldestAge(subscription), 'ALIGN_MAX')
    const dead = chart(`${name}: dead letters`, waiting(deadLetters.get(deadLetterTopic) ?? ''), 'ALIGN_MAX')
    const work =
      delivery.kind === 'push'
        ? [
            chart(`${name}: pushes`, pushes(subscription), 'ALIGN_RATE'),
            chart(`${name}: answers 5xx`, failures(service), 'ALIGN_RATE'),
          ]
        : [chart(`${name}: waiting`, waiting(subscription), 'ALIGN_MAX')]
    return [age, ...work, dead]
  })
  const tiles = rows.flatMap((row, y) =>
    row.map((widget, x) => ({ ...tile, xPos: x * tile.width, yPos: y * tile.height, widget })),
  )
  new GoogleResource(scope, 'dashboard', 'google_monitoring_dashboard', {
    dashboard_json: JSON.stringify({
      displayName: `${stage.project} ${stage.name}: functions on Pub/Sub`,
      mosaicLayout: { columns: 4 * tile.width, tiles },
    }),
  })
}

function chart(title: string, filter: string, perSeriesAligner: string) {
  const aggregation = { alignmentPeriod: '300s', perSeriesAligner }
  const timeSeriesQuery = { timeSeriesFilter: { filter, aggregation } }
  return { title, xyChart: { dataSets: [{ plotType: 'LINE', timeSeriesQuery }] } }
}
