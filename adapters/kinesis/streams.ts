import type { Shard } from '@aws-sdk/client-kinesis'
import type { Client } from './client.ts'
import { faultOf, isMissing, problem } from './problem.ts'

/** Time that a new stream has to get ready, in milliseconds. */
const activeMs = 120_000
const waitMs = 50

/** A stream by its name or its ARN, as requests name it. */
export function named(topic: string): { StreamName: string } | { StreamARN: string } {
  return topic.startsWith('arn:') ? { StreamARN: topic } : { StreamName: topic }
}

/** What is wrong where there is no such stream. */
export function missingStream(client: Client, topic: string): string {
  return `stream "${topic}" does not exist at ${client.place}: create it first, in development with broker.ensure or waybill run --ensure, or correct the name or the region`
}

/** All shards, those that are closed and still hold records among them. Throws `ERR_NOT_FOUND` where there is no such stream. */
export async function listShards(client: Client, topic: string): Promise<readonly Shard[]> {
  const shards: Shard[] = []
  const circumstances = { permission: 'kinesis:ListShards', missing: missingStream(client, topic) }
  let next: string | undefined
  do {
    const from = next === undefined ? named(topic) : { NextToken: next }
    const answer = await client.call(`listing the shards of "${topic}"`, circumstances, () =>
      client.native.listShards(from),
    )
    shards.push(...(answer.Shards ?? []))
    next = answer.NextToken
  } while (next !== undefined)
  return shards
}

export interface StreamSummary {
  readonly arn: string
  readonly status: string
}

export async function describeStream(client: Client, topic: string): Promise<StreamSummary> {
  const circumstances = {
    permission: 'kinesis:DescribeStreamSummary',
    missing: missingStream(client, topic),
  }
  const { StreamDescriptionSummary: found } = await client.call(`looking up "${topic}"`, circumstances, () =>
    client.native.describeStreamSummary(named(topic)),
  )
  return { arn: found?.StreamARN ?? '', status: found?.StreamStatus ?? '' }
}

/** Creates a stream where there is none, and waits until it can be used. */
export async function ensureStream(client: Client, topic: string, shards: number): Promise<void> {
  const circumstances = { permission: 'kinesis:CreateStream' }
  if (!topic.startsWith('arn:') && !(await exists(client, topic)))
    await client.call(`creating stream "${topic}"`, circumstances, async () => {
      try {
        await client.native.createStream({ StreamName: topic, ShardCount: shards })
      } catch (error) {
        // Somebody else was first.
        if (faultOf(error).name !== 'ResourceInUseException') throw error
      }
    })
  const until = performance.now() + activeMs
  while ((await describeStream(client, topic)).status !== 'ACTIVE') {
    if (performance.now() > until)
      throw problem('ERR_TIMEOUT', `stream "${topic}" did not get ready: look at its status in Kinesis`)
    await new Promise((resolve) => setTimeout(resolve, waitMs))
  }
}

async function exists(client: Client, topic: string): Promise<boolean> {
  const circumstances = { permission: 'kinesis:DescribeStreamSummary' }
  return client.call(`looking up "${topic}"`, circumstances, async () => {
    try {
      await client.native.describeStreamSummary(named(topic))
      return true
    } catch (error) {
      if (isMissing(error)) return false
      throw error
    }
  })
}
