import { afterAll } from '@jest/globals'
import type { Logger } from '../../adapters/core/observe.ts'
import {
  type KinesisBroker,
  type KinesisOptions,
  type KinesisParts,
  kinesis,
} from '../../adapters/kinesis/index.ts'
import { type AwsProxy, startAwsProxy } from '../../dev/index.ts'
import { kinesisAt, soon } from '../conformance/harnesses/local-kinesis.ts'
import { sharedServer, stopSharedServers } from '../conformance/harnesses/shared-servers.ts'

afterAll(stopSharedServers)

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

export interface Faults extends AsyncDisposable {
  readonly proxy: AwsProxy
  readonly endpoint: string
}

/** A proxy in front of a server that fails what it is told to. */
export async function startFaults(kind: Kind, random?: () => number): Promise<Faults> {
  const { detour } = await sharedServer(kind)
  if (detour === undefined) throw new Error('the server is not ours, so that nothing of it can fail')
  const proxy = await startAwsProxy(detour, random === undefined ? {} : { random })
  return {
    proxy,
    endpoint: `http://${proxy.address}`,
    [Symbol.asyncDispose]: () => Promise.resolve(proxy[Symbol.asyncDispose]()),
  }
}
