import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch'
import type * as ec2 from 'aws-cdk-lib/aws-ec2'
import type * as iam from 'aws-cdk-lib/aws-iam'
import type * as lambda from 'aws-cdk-lib/aws-lambda'
import type { IDependable } from 'constructs'
import type { MappingSettings } from '../policy/mapping.ts'

/** What a function reads: the part of an event source mapping that belongs to one service. */
export interface EventSource {
  /** As alarms and dashboards name it. */
  readonly description: string
  readonly settings: MappingSettings
  /** Settings of the mapping that no other service has. */
  readonly mapping: Omit<lambda.EventSourceMappingOptions, keyof CommonMapping>
  /** What the function's role is allowed for it. */
  readonly permissions: readonly iam.PolicyStatement[]
  /** What shows how far the function is behind, and from where on that is too far. */
  lag(fn: lambda.IFunction): Lag
  /** What has to be there before the mapping. */
  readonly after?: readonly IDependable[]
}

export interface Lag {
  readonly metric: cloudwatch.Metric
  readonly threshold: number
  readonly unit: string
}

/** Where a function that publishes inside a network runs. */
export interface Network {
  readonly vpc: ec2.IVpc
  readonly subnets: ec2.SubnetSelection
  readonly securityGroups: readonly ec2.ISecurityGroup[]
}

/** What the construct sets for every source. */
export interface CommonMapping {
  readonly batchSize: unknown
  readonly maxBatchingWindow: unknown
  readonly retryAttempts: unknown
  readonly maxRecordAge: unknown
  readonly bisectBatchOnError: unknown
  readonly reportBatchItemFailures: unknown
  readonly startingPosition: unknown
  readonly startingPositionTimestamp: unknown
  readonly onFailure: unknown
  readonly metricsConfig: unknown
}
