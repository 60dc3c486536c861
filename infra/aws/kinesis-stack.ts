import * as kinesis from 'aws-cdk-lib/aws-kinesis'
import * as kms from 'aws-cdk-lib/aws-kms'
import { Duration, Stack, type StackProps } from 'aws-cdk-lib/core'
import { Construct } from 'constructs'
import type { FunctionBundle } from '../bundles.ts'
import type { KinesisPlan, StreamPlan } from '../kinesis.ts'
import type { Stage } from '../stage.ts'
import { acknowledge } from './acknowledge.ts'
import { EventFunction } from './event-function.ts'
import type { FailureDestination } from './failure-destination.ts'
import { addFailures } from './failures.ts'
import { removalOf } from './keeping.ts'
import { kinesisPublishing, kinesisSource } from './kinesis-source.ts'
import { idOf } from './names.ts'
import { addNotes, notesAccess } from './notes.ts'

/** What keeps data: streams, and where what failed is kept. */
export class KinesisDataStack extends Stack {
  /** Where what a function gave up is kept. */
  readonly failuresOf: (name: string) => FailureDestination

  constructor(scope: Construct, id: string, plan: KinesisPlan, props: StackProps) {
    super(scope, id, props)
    const { stage, keyArn } = plan
    const key = keyArn === undefined ? undefined : kms.Key.fromKeyArn(this, 'Key', keyArn)
    for (const stream of plan.streams) addStream(this, stream, key, stage)
    addNotes(this, plan.functions, stage)
    this.failuresOf = addFailures(this, plan.functions, stage, key)
  }
}

function addStream(scope: Construct, plan: StreamPlan, key: kms.IKey | undefined, stage: Stage): void {
  const { topic, retentionHours, shards } = plan
  const stream = new kinesis.Stream(scope, `${idOf(topic)}Stream`, {
    // A topic is found by its name, so this is one of the names that are not left to CloudFormation.
    streamName: topic,
    retentionPeriod: Duration.hours(retentionHours),
    ...(key === undefined
      ? { encryption: kinesis.StreamEncryption.MANAGED }
      : { encryption: kinesis.StreamEncryption.KMS, encryptionKey: key }),
    ...(shards === undefined
      ? { streamMode: kinesis.StreamMode.ON_DEMAND }
      : { streamMode: kinesis.StreamMode.PROVISIONED, shardCount: shards }),
    removalPolicy: removalOf(stage),
  })
  if (key !== undefined)
    acknowledge(stream, {
      'AwsSolutions-KDS3': 'A key of the team is what the configuration asks for.',
    })
}

/** What can be made anew: functions, event source mappings, consumers, alarms. */
export class KinesisStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    plan: KinesisPlan,
    data: KinesisDataStack,
    bundles: readonly FunctionBundle[],
    props: StackProps,
  ) {
    super(scope, id, props)
    this.addStackDependency(data)
    const key = plan.keyArn === undefined ? undefined : kms.Key.fromKeyArn(this, 'Key', plan.keyArn)
    const streams = new Map<string, kinesis.IStream>()
    // By their names and not by exports, which would keep a stream from being replaced.
    const streamOf = (topic: string) => {
      const known = streams.get(topic) ?? streamNamed(this, topic, key)
      streams.set(topic, known)
      return known
    }
    // By themselves, so that a function may be called as anything else here.
    const functions = new Construct(this, 'Functions')
    for (const fn of plan.functions) {
      const { config, compiled, memoryMb, publishes } = fn
      const { name, source } = config
      const stream = streamOf(source.topic)
      const consumer = plan.fanOut
        ? new kinesis.StreamConsumer(this, `${idOf(name)}Consumer`, {
            stream,
            streamConsumerName: source.group,
          })
        : undefined
      new EventFunction(functions, idOf(name), {
        name,
        bundles,
        source: kinesisSource(stream, source.topic, compiled.settings, consumer),
        failures: data.failuresOf(name),
        stage: plan.stage,
        memoryMb,
        publishing: [
          ...publishes.flatMap((topic) => kinesisPublishing(streamOf(topic))),
          ...notesAccess(this, fn),
        ],
      })
    }
  }
}

function streamNamed(stack: Stack, topic: string, key: kms.IKey | undefined): kinesis.IStream {
  return kinesis.Stream.fromStreamAttributes(stack, `${idOf(topic)}Stream`, {
    streamArn: stack.formatArn({ service: 'kinesis', resource: 'stream', resourceName: topic }),
    ...(key !== undefined && { encryptionKey: key }),
  })
}
