import * as iam from 'aws-cdk-lib/aws-iam'
import type * as kinesis from 'aws-cdk-lib/aws-kinesis'
import { Duration } from 'aws-cdk-lib/core'
import type { KinesisMapping } from '../policy/kinesis.ts'
import type { EventSource } from './event-source.ts'

/** A stream, or a consumer of it with a throughput of its own, as the source of a function. */
export function kinesisSource(
  stream: kinesis.IStream,
  topic: string,
  settings: KinesisMapping,
  consumer?: kinesis.IStreamConsumer,
): EventSource {
  return {
    description: `stream ${topic}`,
    settings,
    mapping: {
      eventSourceArn: consumer?.streamConsumerArn ?? stream.streamArn,
      parallelizationFactor: settings.parallelizationFactor,
    },
    permissions: [
      new iam.PolicyStatement({
        actions: [
          'kinesis:DescribeStream',
          'kinesis:DescribeStreamSummary',
          'kinesis:GetRecords',
          'kinesis:GetShardIterator',
          'kinesis:ListShards',
        ],
        resources: [stream.streamArn],
      }),
      ...(consumer === undefined
        ? []
        : [
            new iam.PolicyStatement({
              actions: ['kinesis:DescribeStreamConsumer', 'kinesis:SubscribeToShard'],
              resources: [consumer.streamConsumerArn],
            }),
          ]),
      ...keyed(stream, 'kms:Decrypt'),
    ],
    lag: (fn) => ({
      metric: fn.metric('IteratorAge', { statistic: 'Maximum', period: Duration.minutes(5) }),
      // Half of the time that an event has before it is given up.
      threshold: settings.maximumRecordAgeInSeconds * 500,
      unit: 'ms',
    }),
  }
}

/** What a function needs to publish to a stream. */
export function kinesisPublishing(stream: kinesis.IStream): readonly iam.PolicyStatement[] {
  return [
    new iam.PolicyStatement({ actions: ['kinesis:PutRecords'], resources: [stream.streamArn] }),
    ...keyed(stream, 'kms:GenerateDataKey'),
  ]
}

/** The key that AWS keeps needs no permission inside the account. */
function keyed({ encryptionKey }: kinesis.IStream, action: string): readonly iam.PolicyStatement[] {
  if (encryptionKey === undefined) return []
  return [new iam.PolicyStatement({ actions: [action], resources: [encryptionKey.keyArn] })]
}
