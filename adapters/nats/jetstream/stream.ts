import type { StartPosition } from '../../core/driver.ts'
import { messageOf, type WaybillError } from '../../core/errors.ts'
import { isRecord } from '../../core/is-record.ts'
import { problem } from '../problem.ts'
import { type Api, isCode, noCluster, noPeers, streamExists } from './api.ts'
import { streamName } from './names.ts'
import type { StreamOptions } from './options.ts'

/** Names of the streams that store a subject. */
async function streamsOf(api: Api, subject: string): Promise<readonly string[]> {
  const { streams } = await api.ask('STREAM.NAMES', { subject })
  return Array.isArray(streams) ? streams.map(String) : []
}

/** The one stream that stores a topic. Throws `ERR_NOT_FOUND`, or `ERR_CONFIG` where wildcards span several. */
export async function streamOf(api: Api, topic: string): Promise<string> {
  const streams = await streamsOf(api, topic)
  const [stream] = streams
  if (stream === undefined) throw missingStream(topic)
  if (streams.length === 1) return stream
  const text = `"${topic}" is in several streams (${streams.join(', ')}): read each by a subject of its own`
  throw problem('jetstream', 'ERR_CONFIG', text)
}

export async function hasStream(api: Api, topic: string): Promise<boolean> {
  return (await streamsOf(api, topic)).length > 0
}

export function missingStream(topic: string): WaybillError {
  const text = `no stream stores the subject "${topic}": create one, in development with broker.ensure or waybill run --ensure`
  return problem('jetstream', 'ERR_NOT_FOUND', text)
}

/**
 * Creates a stream of its own for a topic that no stream stores. Throws `ERR_CONFIG` that names each setting of an existing
 * one that is not as it was given.
 */
export async function ensureStream(api: Api, topic: string, options: StreamOptions): Promise<void> {
  const known = await streamsOf(api, topic)
  if (known.length > 0) return compare(api, known, options)
  const { retention = 'limits', storage = 'file', replicas = 1, maxAgeMs = 0 } = options
  const dedupeMs = options.dedupeMs ?? (maxAgeMs === 0 ? 120_000 : Math.min(120_000, maxAgeMs))
  const name = streamName(topic)
  try {
    await api.ask(`STREAM.CREATE.${name}`, {
      name,
      subjects: [topic],
      retention,
      storage,
      num_replicas: replicas,
      max_age: maxAgeMs * 1e6,
      duplicate_window: dedupeMs * 1e6,
    })
  } catch (error) {
    if (isCode(error, streamExists)) await settleExisting(api, name, topic, options, error)
    else throw tooFewServers(error, name, replicas) ?? error
  }
}

/** Another process created it a moment ago, with other settings, or it is somebody else's. */
async function settleExisting(
  api: Api,
  name: string,
  topic: string,
  options: StreamOptions,
  cause: unknown,
): Promise<void> {
  const known = await streamsOf(api, topic)
  if (known.length > 0) return compare(api, known, options)
  const text = `stream "${name}" exists and does not store the subject "${topic}": add the subject to it, or rename it`
  throw problem('jetstream', 'ERR_CONFIG', text, cause)
}

function tooFewServers(error: unknown, name: string, replicas: number): WaybillError | undefined {
  if (!isCode(error, noCluster, noPeers)) return undefined
  const what = `stream "${name}" cannot have ${replicas} replicas, ${messageOf(error)}`
  const advice = `set "replicas" to 1, or use a cluster of at least ${replicas} servers`
  return problem('jetstream', 'ERR_CONFIG', `${what}: ${advice}`, error)
}

/** What was not given is taken as the streams have it; the rest must be the same. */
async function compare(api: Api, streams: readonly string[], options: StreamOptions): Promise<void> {
  const fields = (['retention', 'storage', 'replicas', 'maxAgeMs', 'dedupeMs'] as const).filter(
    (field) => options[field] !== undefined,
  )
  if (fields.length === 0) return
  for (const stream of streams) {
    const has = await settingsOf(api, stream)
    const differing = fields
      .filter((field) => has[field] !== options[field])
      .map((field) => `${field} is ${JSON.stringify(has[field])}, needed ${JSON.stringify(options[field])}`)
    if (differing.length === 0) continue
    const what = `stream "${stream}" exists with other settings: ${differing.join('; ')}`
    throw problem('jetstream', 'ERR_CONFIG', `${what}: change the options or the stream`)
  }
}

/** The options that would make a stream like this one. */
async function settingsOf(api: Api, stream: string) {
  const { config } = await api.ask(`STREAM.INFO.${stream}`)
  const { retention, storage, num_replicas, max_age, duplicate_window } = isRecord(config) ? config : {}
  return {
    retention: String(retention),
    storage: String(storage),
    replicas: Number(num_replicas),
    maxAgeMs: Number(max_age) / 1e6,
    dedupeMs: Number(duplicate_window) / 1e6,
  }
}

/** What its groups settled is gone from such a stream, so moving a group would bring nothing back. Throws `ERR_CONFIG`. */
export async function refuseForgetful(api: Api, stream: string, to: StartPosition): Promise<void> {
  const { retention } = await settingsOf(api, stream)
  if (retention !== 'workqueue' && (retention !== 'interest' || to === 'latest')) return
  const what = `stream "${stream}" has retention "${retention}" and keeps nothing that is settled`
  const text = `${what}, so there is nothing to replay: use a stream with retention "limits"`
  throw problem('jetstream', 'ERR_CONFIG', text)
}
