import * as iam from 'aws-cdk-lib/aws-iam'
import * as lambda from 'aws-cdk-lib/aws-lambda'
import { CfnResource, Duration } from 'aws-cdk-lib/core'
import { Construct } from 'constructs'
import { bundleNamed, type FunctionBundle } from '../bundles.ts'
import type { Stage } from '../stage.ts'
import { acknowledge } from './acknowledge.ts'
import { addAlarms } from './alarms.ts'
import { addDashboard } from './dashboard.ts'
import type { EventSource, Network } from './event-source.ts'
import type { FailureDestination } from './failure-destination.ts'
import { addLogs } from './keeping.ts'

export interface EventFunctionProps {
  readonly name: string
  readonly bundles: readonly FunctionBundle[]
  readonly source: EventSource
  readonly failures: FailureDestination
  readonly stage: Stage
  readonly memoryMb: number
  /** What the role is allowed for publishing. */
  readonly publishing: readonly iam.PolicyStatement[]
  readonly environment?: Readonly<Record<string, string>>
  readonly network?: Network | undefined
}

/** Lambda API reference, `CreateFunction`: names of functions and topics can be longer together. */
const mostDescription = 256
/** Lambda's newest, which the bundles are tested with. */
const runtime = lambda.Runtime.NODEJS_24_X

/**
 * A function behind any source: the function with a role of its own, the event source mapping with everything that the policy
 * says, the place for what fails, alarms and a dashboard.
 */
export class EventFunction extends Construct {
  readonly function: lambda.Function
  readonly mapping: lambda.EventSourceMapping

  constructor(scope: Construct, id: string, props: EventFunctionProps) {
    super(scope, id)
    const { name, bundles, source, failures, stage, memoryMb, network } = props
    const { settings } = source
    const bundle = bundleNamed(bundles, name)
    const logGroup = addLogs(this, 'Logs', stage)
    const role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      description: `Function ${name} of ${stage.project} (${stage.name})`,
    })
    const statements = [
      new iam.PolicyStatement({
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [logGroup.logGroupArn],
      }),
      ...source.permissions,
      ...failures.permissions,
      ...props.publishing,
    ]
    for (const statement of statements) role.addToPolicy(statement)
    this.function = new lambda.Function(this, 'Function', {
      description: `Waybill: ${name}, reading ${source.description}`.slice(0, mostDescription),
      runtime,
      architecture: lambda.Architecture.ARM_64,
      code: lambda.Code.fromAsset(bundle.folder),
      handler: bundle.handler ?? 'index.handler',
      memorySize: memoryMb,
      timeout: Duration.seconds(settings.timeoutSeconds),
      role,
      logGroup,
      loggingFormat: lambda.LoggingFormat.JSON,
      tracing: lambda.Tracing.ACTIVE,
      environment: { NODE_OPTIONS: '--enable-source-maps', ...props.environment },
      ...(network && {
        vpc: network.vpc,
        vpcSubnets: network.subnets,
        securityGroups: [...network.securityGroups],
      }),
    })
    // By this the rules of the project know what is ours, beside functions that CDK makes for itself.
    const resource = this.function.node.defaultChild
    if (resource !== undefined && CfnResource.isCfnResource(resource)) resource.addMetadata('Waybill', name)
    this.mapping = new lambda.EventSourceMapping(this, 'Source', {
      target: this.function,
      ...source.mapping,
      ...commonOf(source),
      onFailure: failures.destination,
    })
    this.mapping.node.addDependency(role, ...(source.after ?? []))
    const metrics = { name, function: this.function, mapping: this.mapping, source, stage }
    addAlarms(this, metrics)
    addDashboard(this, metrics)
    acknowledge(role, {
      ...failures.findings,
      'AwsSolutions-IAM5[Resource::*]': network
        ? 'Neither X-Ray nor the network interfaces of a function can be limited to resources: xray:PutTraceSegments, ec2:*NetworkInterface*.'
        : 'X-Ray has no resources: xray:PutTraceSegments takes "*" alone.',
    })
  }
}

function commonOf({ settings }: EventSource): Partial<lambda.EventSourceMappingOptions> {
  const { maximumRetryAttempts, maximumRecordAgeInSeconds, startingPositionTimestamp } = settings
  // What a mapping on demand does not have is left out; -1 in the settings is without end.
  const isControlled = settings.functionResponseTypes.length > 0
  return {
    batchSize: settings.batchSize,
    maxBatchingWindow: Duration.seconds(settings.maximumBatchingWindowInSeconds),
    startingPosition: lambda.StartingPosition[settings.startingPosition],
    ...(startingPositionTimestamp !== undefined && { startingPositionTimestamp }),
    ...(isControlled && {
      bisectBatchOnError: settings.bisectBatchOnFunctionError,
      reportBatchItemFailures: true,
      metricsConfig: { metrics: [lambda.MetricType.EVENT_COUNT] },
      ...(maximumRecordAgeInSeconds >= 0 && { maxRecordAge: Duration.seconds(maximumRecordAgeInSeconds) }),
      ...(maximumRetryAttempts >= 0 && { retryAttempts: maximumRetryAttempts }),
    }),
  }
}
