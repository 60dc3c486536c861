import * as iam from 'aws-cdk-lib/aws-iam'
import type * as kms from 'aws-cdk-lib/aws-kms'
import type * as lambda from 'aws-cdk-lib/aws-lambda'
import * as s3 from 'aws-cdk-lib/aws-s3'
import * as sqs from 'aws-cdk-lib/aws-sqs'
import { Duration, Fn } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import type { FailureSettings } from '../policy/mapping.ts'
import type { Stage } from '../stage.ts'
import { acknowledge } from './acknowledge.ts'
import { removalOf } from './keeping.ts'

/** Where an event source mapping puts what it gives up, and what its function's role needs for that. */
export interface FailureDestination {
  readonly destination: lambda.IEventSourceDlq
  readonly permissions: readonly iam.PolicyStatement[]
  /** What cdk-nag finds in those, and why it is so. */
  readonly findings: Readonly<Record<string, string>>
}

/** Keeps whole batches, records included. One bucket is enough: Lambda writes each mapping's under a prefix of its own. */
export function failureBucket(
  scope: Construct,
  { days }: FailureSettings,
  stage: Stage,
  key?: kms.IKey,
): s3.Bucket {
  const bucket = new s3.Bucket(scope, 'Failures', {
    ...(key === undefined
      ? { encryption: s3.BucketEncryption.S3_MANAGED }
      : { encryption: s3.BucketEncryption.KMS, encryptionKey: key, bucketKeyEnabled: true }),
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    versioned: false,
    removalPolicy: removalOf(stage),
    lifecycleRules: [
      { expiration: Duration.days(days), abortIncompleteMultipartUploadAfter: Duration.days(1) },
    ],
  })
  acknowledge(bucket, {
    'AwsSolutions-S1':
      'Lambda alone writes here, and its metric OnFailureDestinationDeliveredEventCount counts each write and rings an alarm.',
  })
  return bucket
}

/** Keeps where the records were (shard and sequence numbers), not the records. One queue for each function. */
export function failureQueue(
  scope: Construct,
  id: string,
  { days }: FailureSettings,
  stage: Stage,
): sqs.Queue {
  const queue = new sqs.Queue(scope, id, {
    encryption: sqs.QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(days),
    removalPolicy: removalOf(stage),
  })
  acknowledge(queue, {
    'AwsSolutions-SQS3': 'This is itself the dead-letter queue of an event source mapping.',
  })
  return queue
}

/**
 * A bucket of another stack, by the name under which that exports its ARN. CDK's own S3 destination lets the function read and
 * delete in the whole bucket; writing is all that is needed.
 */
export function toBucket(exportName: string, key?: kms.IKey): FailureDestination {
  const arn = Fn.importValue(exportName)
  return {
    destination: { bind: () => ({ destination: arn }) },
    permissions: [
      new iam.PolicyStatement({ actions: ['s3:PutObject'], resources: [`${arn}/aws/lambda/*`] }),
      new iam.PolicyStatement({ actions: ['s3:ListBucket'], resources: [arn] }),
      ...(key === undefined
        ? []
        : [new iam.PolicyStatement({ actions: ['kms:GenerateDataKey'], resources: [key.keyArn] })]),
    ],
    findings: {
      [`AwsSolutions-IAM5[Resource::${exportName}/aws/lambda/*]`]:
        'Lambda names each object itself, below aws/lambda/ and the id of the mapping; nothing else in the bucket can be written.',
    },
  }
}

export function toQueue(queue: sqs.IQueue): FailureDestination {
  return {
    destination: { bind: () => ({ destination: queue.queueArn }) },
    permissions: [new iam.PolicyStatement({ actions: ['sqs:SendMessage'], resources: [queue.queueArn] })],
    findings: {},
  }
}
