import type { WaybillError } from '../../core/errors.ts'
import { problem } from '../problem.ts'
import type { Api } from './api.ts'
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

/** Creates a stream of its own for a topic that no stream stores. */
export async function ensureStream(api: Api, topic: string, options: StreamOptions): Promise<void> {
  if (await hasStream(api, topic)) return
  const { retention = 'limits', storage = 'file', replicas = 1, maxAgeMs = 0 } = options
  const dedupeMs = options.dedupeMs ?? (maxAgeMs === 0 ? 120_000 : Math.min(120_000, maxAgeMs))
  const name = streamName(topic)
  await api.ask(`STREAM.CREATE.${name}`, {
    name,
    subjects: [topic],
    retention,
    storage,
    num_replicas: replicas,
    max_age: maxAgeMs * 1e6,
    duplicate_window: dedupeMs * 1e6,
  })
}
