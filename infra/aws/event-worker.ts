import * as scaling from 'aws-cdk-lib/aws-applicationautoscaling'
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch'
import type * as ec2 from 'aws-cdk-lib/aws-ec2'
import * as images from 'aws-cdk-lib/aws-ecr-assets'
import * as ecs from 'aws-cdk-lib/aws-ecs'
import * as logs from 'aws-cdk-lib/aws-logs'
import * as secrets from 'aws-cdk-lib/aws-secretsmanager'
import { CfnResource, Duration } from 'aws-cdk-lib/core'
import { Construct } from 'constructs'
import { resolvePolicy } from '../../adapters/core/policy.ts'
import { bundleNamed, type FunctionBundle } from '../bundles.ts'
import type { NatsFunction } from '../nats.ts'
import type { Stage } from '../stage.ts'
import { acknowledge } from './acknowledge.ts'
import { alarmsOf } from './alarm.ts'
import { addLogs } from './keeping.ts'
import { notesAccess } from './notes.ts'
import { imageFolder } from './worker-image.ts'

export interface EventWorkerProps {
  readonly fn: NatsFunction
  readonly bundles: readonly FunctionBundle[]
  readonly cluster: ecs.ICluster
  readonly stage: Stage
  readonly subnets: ec2.SubnetSelection
  readonly securityGroups: readonly ec2.ISecurityGroup[]
  readonly environment: Readonly<Record<string, string>>
  readonly secrets: Readonly<Record<string, ecs.Secret>>
}

/** Fargate: memory in MiB that a quarter of a processor can have. */
const memories = [512, 1_024, 2_048]
const port = 8_080
const namespace = 'Waybill'
/** How often a worker logs how far it is behind. */
const statusSeconds = 30
/** From where on a worker is too far behind, in milliseconds. */
const behind = { scale: 60_000, alarm: 600_000 }

/** A function that reads its broker itself: a service on Fargate, scaled on how far it is behind, watched as functions of Lambda are. */
export class EventWorker extends Construct {
  constructor(scope: Construct, id: string, props: EventWorkerProps) {
    super(scope, id)
    const { fn, bundles, cluster, stage } = props
    const { name } = fn.config
    const logGroup = addLogs(this, 'Logs', stage)
    const task = new ecs.FargateTaskDefinition(this, 'Task', {
      cpu: 256,
      memoryLimitMiB: memories.find((memory) => memory >= fn.memoryMb) ?? 2_048,
      runtimePlatform: {
        cpuArchitecture: ecs.CpuArchitecture.ARM64,
        operatingSystemFamily: ecs.OperatingSystemFamily.LINUX,
      },
    })
    for (const statement of notesAccess(this, fn)) task.addToTaskRolePolicy(statement)
    task.addContainer('worker', {
      image: ecs.ContainerImage.fromAsset(imageFolder(bundleNamed(bundles, name)), {
        platform: images.Platform.LINUX_ARM64,
      }),
      logging: ecs.LogDrivers.awsLogs({ streamPrefix: name, logGroup }),
      environment: {
        ...props.environment,
        PORT: String(port),
        WAYBILL_ENSURE: 'true',
        WAYBILL_STATUS_SECONDS: String(statusSeconds),
      },
      secrets: { ...props.secrets },
      readonlyRootFilesystem: true,
      stopTimeout: Duration.seconds(fn.compiled.settings.stopTimeoutSeconds),
      healthCheck: {
        command: [
          'CMD',
          'node',
          '-e',
          `fetch('http://127.0.0.1:${port}/livez').then((a) => process.exit(a.ok ? 0 : 1), () => process.exit(1))`,
        ],
        startPeriod: Duration.seconds(30),
      },
    })
    acknowledge(task, {
      'AwsSolutions-ECS2': 'These are addresses and numbers; what is secret comes from Secrets Manager.',
      'AwsSolutions-IAM5[Resource::*]':
        'ecr:GetAuthorizationToken, which an image is fetched by, takes "*" alone.',
    })
    const { source, policy } = fn.config
    const { maxAttempts, deadLetter } = resolvePolicy(policy, source.group)
    const resource = task.node.defaultChild
    // A worker obeys its policy by itself, so that nothing else in the template tells of it.
    if (resource !== undefined && CfnResource.isCfnResource(resource))
      resource.addMetadata('Waybill', {
        function: name,
        topic: source.topic,
        maxAttempts,
        deadLetter,
        publishes: fn.publishes,
      })
    const isScaled = fn.tasks.max > fn.tasks.min
    const service = new ecs.FargateService(this, 'Service', {
      cluster,
      taskDefinition: task,
      // What is scaled keeps the number that it has, also when it is deployed again.
      ...(!isScaled && { desiredCount: fn.tasks.min }),
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      circuitBreaker: { enable: true, rollback: true },
      vpcSubnets: props.subnets,
      securityGroups: [...props.securityGroups],
      enableExecuteCommand: false,
    })
    const metrics = metricsOf(logGroup, `${stage.project}-${stage.name}-${name}`, this)
    if (isScaled)
      service
        .autoScaleTaskCount({ minCapacity: fn.tasks.min, maxCapacity: fn.tasks.max })
        .scaleOnMetric('Backlog', {
          metric: metrics.lag,
          adjustmentType: scaling.AdjustmentType.CHANGE_IN_CAPACITY,
          scalingSteps: [
            { upper: behind.scale / 10, change: -1 },
            { lower: behind.scale, change: +1 },
            { lower: behind.scale * 5, change: +2 },
          ],
          cooldown: Duration.minutes(2),
        })
    addAlarms(this, name, stage, metrics)
    new cloudwatch.Dashboard(this, 'Dashboard', {
      widgets: [
        [
          new cloudwatch.GraphWidget({ title: `${name}: behind, ms`, left: [metrics.lag], width: 12 }),
          new cloudwatch.GraphWidget({
            title: 'Failed and dead-lettered',
            left: [metrics.errors, metrics.deadLetters],
            width: 12,
          }),
        ],
        [
          new cloudwatch.GraphWidget({
            title: 'Processor, %',
            left: [service.metricCpuUtilization()],
            width: 12,
          }),
        ],
      ],
    })
  }
}

interface WorkerMetrics {
  readonly lag: cloudwatch.Metric
  readonly errors: cloudwatch.Metric
  readonly deadLetters: cloudwatch.Metric
}

/** A worker tells of itself by its log, one JSON object a line. */
function metricsOf(logGroup: logs.ILogGroup, prefix: string, scope: Construct): WorkerMetrics {
  const counted = (id: string, value: string, filterPattern: logs.IFilterPattern, statistic: string) =>
    new logs.MetricFilter(scope, id, {
      logGroup,
      filterPattern,
      metricNamespace: namespace,
      metricName: `${prefix}-${id.toLowerCase()}`,
      metricValue: value,
    }).metric({ statistic, period: Duration.minutes(1) })
  const said = (message: string) => logs.FilterPattern.stringValue('$.message', '=', message)
  return {
    lag: counted('Lag', '$.lagMs', said('status'), 'Maximum'),
    errors: counted('Errors', '1', logs.FilterPattern.stringValue('$.level', '=', 'error'), 'Sum'),
    deadLetters: counted('DeadLetters', '$.deadLettered', said('status'), 'Sum'),
  }
}

function addAlarms(scope: Construct, name: string, stage: Stage, metrics: WorkerMetrics): void {
  const add = alarmsOf(scope, stage, `function ${name}`)
  const longer = (metric: cloudwatch.Metric) => metric.with({ period: Duration.minutes(5) })
  add({
    id: 'LagAlarm',
    metric: longer(metrics.lag),
    threshold: behind.alarm,
    text: `it is ${behind.alarm} ms behind, or tells nothing of itself`,
    // A worker that runs tells of itself twice a minute.
    isMissed: true,
  })
  add({
    id: 'ErrorsAlarm',
    metric: longer(metrics.errors),
    threshold: 1,
    text: 'it fails, or gives events up',
  })
  add({
    id: 'DeadLettersAlarm',
    metric: longer(metrics.deadLetters),
    threshold: 1,
    text: 'events were dead-lettered',
    periods: 1,
  })
}

/** The text of a secret, or one of its keys, as an environment variable of a container. */
export function secretOf(scope: Construct, id: string, arn: string): ecs.Secret {
  return ecs.Secret.fromSecretsManager(secrets.Secret.fromSecretCompleteArn(scope, id, arn))
}
