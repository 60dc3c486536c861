import type { Logger } from '../../adapters/core/observe.ts'
import {
  type KinesisBroker,
  type KinesisOptions,
  type KinesisParts,
  kinesis,
} from '../../adapters/kinesis/index.ts'
import { kinesisAt, soon } from '../conformance/harnesses/local-kinesis.ts'

/** `kinesis` has resharding and fan-out; `kinesalite` is fast. */
export type Kind = 'kinesis' | 'kinesalite'

let streams = 0

export async function openKinesis(
  kind: Kind,
  options: KinesisOptions = {},
  logger?: Logger,
  parts?: KinesisParts,
): Promise<KinesisBroker> {
  return kinesis({ ...(await kinesisAt(kind)), ...soon, ...options }, logger, parts)
}

/** A new stream. */
export async function newStream(kind: Kind, shards = 1): Promise<string> {
  const topic = `stream-${++streams}`
  await using broker = await openKinesis(kind, { shards })
  await broker.ensure({ topics: [topic] })
  return topic
}
