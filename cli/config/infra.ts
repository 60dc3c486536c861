import * as z from 'zod'

/** A whole number of a range; the wording names the range. */
const whole = (least: number, most: number, what: string) => {
  const error = `out of range: give ${what}, a whole number from ${least} to ${most}`
  return z.number({ error }).int({ error }).min(least, { error }).max(most, { error })
}

const text = (description: string) =>
  z
    .string()
    .min(1, { error: `empty: give ${description}` })
    .describe(description)

const matching = (pattern: RegExp, description: string) =>
  z
    .string()
    .regex(pattern, { error: `is not valid: give ${description}` })
    .describe(description)

const region = matching(/^[a-z]{2}(-[a-z]+)+-\d$/, "a region, such as 'eu-central-1'")
const account = matching(/^\d{12}$/, 'the 12 digits of an account')
/** Without its end, Secrets Manager may mean another secret. */
const secret = matching(
  /^arn:[\w-]+:secretsmanager:[\w-]+:\d{12}:secret:.+-[A-Za-z0-9]{6}$/,
  'the whole ARN of a secret, with the six characters at its end',
)
const subnet = matching(/^subnet-[0-9a-f]+$/, 'the id of a subnet')

/** What one function gets beyond its policy. */
const functionSettings = z.strictObject({
  /** Memory in MiB. Default 512. */
  memoryMb: whole(128, 10_240, 'memory in MiB').optional(),
  /** Time limit of one call by the platform. Default: twice the policy's `timeoutMs`, at least 60. */
  timeoutSeconds: whole(1, 900, 'seconds').optional(),
  /** Events of one call at most. Default 100. */
  batchSize: whole(1, 10_000, 'a number of events').optional(),
  /** How long the platform waits for a batch to fill. Default 0. */
  batchWindowSeconds: whole(0, 300, 'seconds').optional(),
  /** Calls at once for each shard, 1 to 10; the order of a key is kept. Kinesis alone. Default 1. */
  parallelPerShard: whole(1, 10, 'calls at once').optional(),
  /** `push` is a service that Pub/Sub calls, `pull` a worker that reads by itself. Pub/Sub alone. Default `push`. */
  delivery: z.literal(['push', 'pull'], { error: "is not valid: give 'push' or 'pull'" }).optional(),
  /**
   * Tasks of a worker at most, added while it is behind. NATS alone. They share events in no order. Default: one task reads
   * in order, and in prod a second stands by.
   */
  maxTasks: whole(1, 100, 'a number of tasks').optional(),
})

const hours = (most: number) => whole(24, most, 'hours')

const kinesis = z.strictObject({
  /** Shards of a provisioned stream. Default: on demand. */
  shards: whole(1, 10_000, 'a number of shards').optional(),
  /** How long streams keep events. Default 24 in dev, 168 in prod. */
  retentionHours: hours(8_760).optional(),
  /** Exceptions, by topic. */
  topics: z
    .record(
      z.string(),
      z.strictObject({
        retentionHours: hours(8_760).optional(),
        shards: whole(1, 10_000, 'a number of shards').optional(),
      }),
    )
    .optional(),
  /** A consumer with a throughput of its own for each function, billed by the hour. Default false. */
  fanOut: z.boolean().optional(),
  /** Where batches go that Lambda gives up: `s3` keeps the records, `sqs` only where they were. Default `s3`. */
  failures: z.literal(['s3', 'sqs'], { error: "is not valid: give 's3' or 'sqs'" }).optional(),
  /** How long they stay there. Default: 14 days, or as long as the stream where that is longer. */
  failureDays: whole(1, 3_650, 'days').optional(),
  /** ARN of a KMS key of one's own, for streams and the failure bucket. Default: the keys that AWS keeps. */
  keyArn: matching(
    /^arn:[\w-]+:kms:[\w-]+:\d{12}:key\/(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/,
    'the ARN of a KMS key, arn:aws:kms:…:key/…',
  ).optional(),
})

const existingCluster = z.strictObject({
  /** Of a provisioned MSK cluster that is there. */
  arn: matching(/^arn:[\w-]+:kafka:[\w-]+:\d{12}:cluster\/[^/]+\/[^/]+$/, 'the ARN of an MSK cluster'),
  /** The network of the cluster; needed where a function publishes to it. */
  network: z
    .strictObject({
      vpcId: matching(/^vpc-[0-9a-f]+$/, 'the id of a VPC'),
      subnetIds: z.array(subnet).min(1),
      securityGroupId: matching(/^sg-[0-9a-f]+$/, 'the id of a security group'),
    })
    .optional(),
})

const ownCluster = z.strictObject({
  /** `host:port` of a Kafka that somebody else runs. */
  brokers: z
    .array(matching(/^[^\s:/]+:\d+$/, 'host:port'))
    .min(1, { error: 'empty: give a list of host:port' })
    .describe('a list of host:port'),
  /** ARN of the secret with user name and password. */
  secretArn: secret,
  /** How the brokers take it. Default `scram-sha-512`. */
  mechanism: z
    .literal(['scram-sha-512', 'scram-sha-256', 'plain'], {
      error: "is not valid: give 'scram-sha-512', 'scram-sha-256' or 'plain'",
    })
    .optional(),
})

const kafka = z.strictObject({
  /** Default: a new MSK cluster of Express brokers. */
  cluster: z
    // A union takes a form without required keys as the one that is meant, whatever keys are written.
    .xor([
      z.strictObject({
        /** Default `express.m7g.large`. */
        instance: matching(
          /^express\.m7g\.\w+$/,
          "a type of Express brokers, such as 'express.m7g.large'",
        ).optional(),
        /** Metrics of each topic and broker, which cost extra. Default false. */
        topicMetrics: z.boolean().optional(),
      }),
      existingCluster,
      ownCluster,
    ])
    .describe('{ instance }, { arn } or { brokers, secretArn }')
    .optional(),
  /** Pollers of each function. `false` is Lambda's mode on demand, which can neither stop retrying nor report parts. Default 1 to 4. */
  pollers: z
    .union([
      z.literal(false),
      z.strictObject({
        min: whole(1, 200, 'a number of pollers').optional(),
        max: whole(1, 2_000, 'a number of pollers').optional(),
        /** Functions of one group share pollers. Default: the project and stage. */
        group: matching(/^[A-Za-z0-9_-]{1,128}$/, 'up to 128 letters, digits, "-" and "_"').optional(),
      }),
    ])
    .describe('{ min, max } or false')
    .optional(),
  /** Partitions of each topic. Default 6. */
  partitions: whole(1, 1_000, 'a number of partitions').optional(),
  /** How long topics keep events. Default 24 in dev, 168 in prod. */
  retentionHours: hours(8_760).optional(),
  topics: z.record(z.string(), z.strictObject({ retentionHours: hours(8_760).optional() })).optional(),
  failures: z.literal(['s3', 'sqs'], { error: "is not valid: give 's3' or 'sqs'" }).optional(),
  failureDays: whole(1, 3_650, 'days').optional(),
})

const nats = z.strictObject({
  /** Servers to make: three, on durable disks. Default: those of the broker's URL; for a broker in memory, these. */
  cluster: z
    .strictObject({
      /** Type of the machines. Default `t4g.small` in dev, `m7g.large` in prod. */
      instance: matching(
        /^[a-z0-9-]+\.[a-z0-9]+$/,
        "a type of EC2 instances, such as 't4g.small'",
      ).optional(),
      /** Disk of each server in GiB. Default 20. */
      diskGb: whole(8, 16_384, 'GiB').optional(),
      /** Of nats-server. Default: the one that this version was tested with. */
      version: matching(/^\d+\.\d+\.\d+$/, "a version of nats-server, such as '2.15.1'").optional(),
    })
    .optional(),
  /** ARN of a secret whose text workers find in `NATS_CREDS`, for the `creds` of the broker. */
  credentialsArn: secret.optional(),
  /** The network of servers that are there already. Default: one of its own, which reaches the internet. */
  vpc: z
    .strictObject({
      vpcId: matching(/^vpc-[0-9a-f]+$/, 'the id of a VPC'),
      subnetIds: z.array(subnet).min(1),
    })
    .optional(),
  /** Copies of each message, 1, 3 or 5. Default 3. */
  replicas: z.literal([1, 3, 5], { error: 'is not valid: give 1, 3 or 5' }).optional(),
  /** How long streams keep events. Default 24 in dev, 168 in prod. */
  retentionHours: whole(1, 8_760, 'hours').optional(),
  topics: z
    .record(z.string(), z.strictObject({ retentionHours: whole(1, 8_760, 'hours').optional() }))
    .optional(),
})

const pubsub = z.strictObject({
  /** Id of the project at Google Cloud. Default: the one in the broker's URL, `pubsub://my-project`. */
  project: matching(/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/, 'the id of a project of Google Cloud').optional(),
  /** Where functions run and messages are kept. */
  region: matching(/^[a-z]+(-[a-z]+)+\d+$/, "a region, such as 'europe-west1'").optional(),
  /** How long topics and subscriptions keep events. Default 24 in dev, 168 in prod. */
  retentionHours: whole(1, 744, 'hours').optional(),
  /** How long dead letters are kept. Default 168, or as long as events where that is longer. */
  deadLetterHours: whole(1, 744, 'hours').optional(),
  /** Instances of each service at most. Default 10. */
  maxInstances: whole(1, 1_000, 'a number of instances').optional(),
  /** Instances of each worker that pulls, which run always. Default 1. */
  workers: whole(1, 100, 'a number of instances').optional(),
  /** Notification channels that alerts are sent to. Default: alerts are only shown. */
  notify: z
    .array(matching(/^projects\/[^/]+\/notificationChannels\/[^/]+$/, 'projects/P/notificationChannels/N'))
    .optional(),
  /** Bucket for the state of Terraform. Default: none is named, and whoever applies says where it is. */
  stateBucket: matching(/^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/, 'the name of a bucket').optional(),
})

/** What is deployed, beside the functions: the section `infra` of the configuration. */
export const infraSchema = z
  .strictObject({
    /** Begins the names of stacks. Default `waybill`. */
    project: matching(
      /^[a-z][a-z0-9-]{0,31}$/,
      'up to 32 lower-case letters, digits and "-", a letter first',
    ).optional(),
    /** `prod` keeps data when stacks go, and longer. Default `dev`. */
    stage: z.literal(['dev', 'prod'], { error: "is not valid: give 'dev' or 'prod'" }).optional(),
    /** For the tag `owner`. */
    owner: text('who looks after it').optional(),
    /** ARN of an SNS topic that alarms are sent to. Default: alarms are only shown. */
    notify: matching(/^arn:[\w-]+:sns:[\w-]+:\d{12}:\S+$/, 'the ARN of an SNS topic').optional(),
    /** Default: that of whoever deploys. */
    account: account.optional(),
    region: region.optional(),
    functions: z.record(z.string(), functionSettings).optional(),
    kinesis: kinesis.optional(),
    kafka: kafka.optional(),
    nats: nats.optional(),
    pubsub: pubsub.optional(),
  })
  .describe('{ stage, kinesis, kafka, nats, pubsub, … }')

/** The section `infra`, as it is written and as it was checked. */
export type InfraConfig = z.output<typeof infraSchema>
