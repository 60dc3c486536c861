import type { App } from 'aws-cdk-lib/core'
import * as z from 'zod'

/** One function as it is deployed, read off the templates. */
export interface Edge {
  readonly function: string
  readonly stack: string
  readonly source: string
  readonly retry: string
  readonly deadLetter: string
  readonly publishes: string
  readonly alarms: string
}

const resourceSchema = z.object({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  Metadata: z.object({ Waybill: z.unknown() }).partial().optional(),
})
const templateSchema = z.object({ Resources: z.record(z.string(), resourceSchema).default({}) })
const workerSchema = z.object({
  function: z.string(),
  topic: z.string(),
  maxAttempts: z.number(),
  deadLetter: z.union([z.string(), z.literal(false)]),
  publishes: z.array(z.string()),
})

type Resource = z.infer<typeof resourceSchema>
type Resources = Readonly<Record<string, Resource>>

const marks = { begin: '<!-- edges: npm run docs:edges writes this -->', end: '<!-- /edges -->' }

/** Every edge of an app, by name. */
export function edgesOf(app: App): readonly Edge[] {
  return app
    .synth()
    .stacks.flatMap(({ stackName, template }) => {
      const { Resources: resources } = templateSchema.parse(template)
      return [...mappingsIn(stackName, resources), ...workersIn(stackName, resources)]
    })
    .toSorted((a, b) => a.function.localeCompare(b.function))
}

/** The document with the table between its marks replaced. Throws where the marks are missing. */
export function withEdges(document: string, edges: readonly Edge[]): string {
  const [before, rest] = document.split(marks.begin)
  const after = rest?.split(marks.end)[1]
  if (before === undefined || after === undefined)
    throw new Error(`there is no ${marks.begin} … ${marks.end}`)
  const head = ['function', 'stack', 'source', 'retry', 'dead letter', 'may publish to', 'alarms']
  const rows = edges.map((edge) => [
    `\`${edge.function}\``,
    edge.stack,
    edge.source,
    edge.retry,
    edge.deadLetter,
    edge.publishes,
    edge.alarms,
  ])
  const table = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
  return `${before}${marks.begin}\n${table.join('\n')}\n${marks.end}${after}`
}

function mappingsIn(stack: string, resources: Resources): readonly Edge[] {
  return ofType(resources, 'AWS::Lambda::EventSourceMapping').map(([, { Properties: mapping }]) => {
    const [id, fn] =
      ofType(resources, 'AWS::Lambda::Function').find(([each]) => refersTo(mapping.FunctionName, each)) ?? []
    const name = String(fn?.Metadata?.Waybill ?? id)
    const statements = ofType(resources, 'AWS::IAM::Policy')
      .filter(([, { Properties }]) =>
        ofType(resources, 'AWS::IAM::Role').some(
          ([role]) => refersTo(fn?.Properties.Role, role) && refersTo(Properties.Roles, role),
        ),
      )
      .map(([, { Properties }]) => JSON.stringify(Properties.PolicyDocument))
      .join()
    const { MaximumRetryAttempts: retries, MaximumRecordAgeInSeconds: age } = mapping
    return {
      function: name,
      stack,
      source: Array.isArray(mapping.Topics)
        ? `topic ${mapping.Topics.join()}`
        : `stream ${streamIn(mapping.EventSourceArn)}`,
      retry: `${Number(retries) + 1} attempts within ${Number(age) / 3_600} h, split, in part`,
      deadLetter: 'DestinationConfig' in mapping ? 'failure bucket' : 'none',
      publishes: publishedIn(statements),
      alarms: alarmsOf(resources, name),
    }
  })
}

function workersIn(stack: string, resources: Resources): readonly Edge[] {
  return ofType(resources, 'AWS::ECS::Service').flatMap(([, service]) => {
    const [, task] =
      ofType(resources, 'AWS::ECS::TaskDefinition').find(([id]) =>
        refersTo(service.Properties.TaskDefinition, id),
      ) ?? []
    if (task === undefined) return []
    const {
      function: name,
      topic,
      maxAttempts,
      deadLetter,
      publishes,
    } = workerSchema.parse(task.Metadata?.Waybill)
    return [
      {
        function: name,
        stack,
        source: `subject ${topic}`,
        retry: `${maxAttempts} attempts, by the worker`,
        deadLetter: deadLetter === false ? 'none' : `subject ${deadLetter}`,
        publishes: publishes.toSorted().join(', ') || 'nothing',
        alarms: alarmsOf(resources, name),
      },
    ]
  })
}

function ofType(resources: Resources, type: string): readonly (readonly [string, Resource])[] {
  return Object.entries(resources).filter(([, { Type }]) => Type === type)
}

function refersTo(value: unknown, id: string): boolean {
  return JSON.stringify(value ?? null).includes(`"${id}"`)
}

function streamIn(arn: unknown): string {
  return /:stream\/([\w.-]+)/.exec(JSON.stringify(arn))?.[1] ?? '?'
}

/** Streams and topics of the statements that allow to write. */
function publishedIn(statements: string): string {
  const writing = statements
    .split('{"Action":')
    .filter((text) => /kinesis:PutRecords|kafka-cluster:WriteData"/.test(text))
  const names = writing.flatMap((text) =>
    [...text.matchAll(/:stream\/([\w.-]+)|"\/([\w.-]+)"\]/g)].map((match) => match[1] ?? match[2] ?? ''),
  )
  return [...new Set(names)].sort().join(', ') || 'nothing'
}

function alarmsOf(resources: Resources, name: string): string {
  const own = ofType(resources, 'AWS::CloudWatch::Alarm').filter(([, { Properties }]) =>
    String(Properties.AlarmDescription).includes(`function ${name}: `),
  )
  return own
    .map(([, { Properties }]) => String(Properties.MetricName).replace(/^.*-/, ''))
    .sort()
    .join(', ')
}
