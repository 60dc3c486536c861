import type { ClientConfig, PubSub } from '@google-cloud/pubsub'
import { loadClient } from '../core/client-package.ts'
import { messageOf } from '../core/errors.ts'
import type { Api, PullListener, PullResponse } from './api.ts'
import type { ConnectionOptions } from './options.ts'
import { problem, toldBy, whence } from './problem.ts'

export type PubsubModule = typeof import('@google-cloud/pubsub')

type PublisherClient = InstanceType<PubsubModule['v1']['PublisherClient']>
type SubscriberClient = InstanceType<PubsubModule['v1']['SubscriberClient']>

const usualAddress = 'pubsub.googleapis.com'
/** Soon enough that what was cut comes back before others take over. */
const reconnect = { 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 1_000 }

/**
 * Opens the client. Throws `ERR_MISSING_CLIENT` without the package, `ERR_CONFIG` where no project or no credentials are found.
 * Nothing is asked of the service yet.
 */
export async function openApi(
  options: ConnectionOptions,
  requestMs: number,
  load: () => Promise<PubsubModule> = () => import('@google-cloud/pubsub'),
): Promise<Api> {
  const module = await loadClient('pubsub', '@google-cloud/pubsub', load)
  const emulator = process.env.PUBSUB_EMULATOR_HOST
  const address = options.endpoint ?? emulator ?? usualAddress
  // Else the client looks for a metadata server of Google, and warns on the console that there is none.
  const isLocal = !address.endsWith('googleapis.com')
  if (isLocal) process.env.METADATA_SERVER_DETECTION ??= 'none'
  const native = options.client ?? new module.PubSub(configOf(options, isLocal))
  const { port, ...config } = await configured(native, isLocal)
  const settings = { ...config, ...(port !== undefined && { port: Number(port) }), ...reconnect }
  const publisher = new module.v1.PublisherClient(settings)
  const subscriber = new module.v1.SubscriberClient(settings)
  await Promise.all([publisher.initialize(), subscriber.initialize()]).catch((cause: unknown) => {
    throw problem('ERR_CONFIG', `no credentials (${toldBy(cause)}): ${whence}`, cause)
  })
  const close = async () => {
    await Promise.all([publisher.close(), subscriber.close()])
    if (options.client === undefined) await native.close()
  }
  return apiOf(native, { publisher, subscriber, address, requestMs, close })
}

function configOf({ project, endpoint }: ConnectionOptions, isLocal: boolean): ClientConfig {
  return {
    ...(project !== undefined && { projectId: project }),
    ...(endpoint !== undefined && { apiEndpoint: endpoint, emulatorMode: isLocal }),
  }
}

async function configured(native: PubSub, isLocal: boolean): Promise<ClientConfig> {
  const advice = 'name it, pubsub://my-project'
  try {
    const config = await native.getClientConfig()
    if (native.projectId !== '' && !native.projectId.includes('{')) return config
  } catch (cause) {
    throw problem(
      'ERR_CONFIG',
      `the project is not known (${messageOf(cause).split('\n', 1)[0]}): ${advice}`,
      cause,
    )
  }
  throw problem(
    'ERR_CONFIG',
    `${isLocal ? 'an emulator has no project of its own' : 'the project is not known'}: ${advice}`,
  )
}

interface Clients {
  readonly publisher: PublisherClient
  readonly subscriber: SubscriberClient
  readonly address: string
  readonly requestMs: number
  close(): Promise<void>
}

function apiOf(native: PubSub, { publisher, subscriber, address, requestMs, close }: Clients): Api {
  // Bundled, requests of several keys would become one, which the service refuses.
  const once = { timeout: requestMs, retry: null, isBundling: false }
  return {
    native,
    project: native.projectId,
    address,
    async publish(topic, messages) {
      const [{ messageIds }] = await publisher.publish({ topic, messages: [...messages] }, { ...once })
      return messageIds ?? []
    },
    pull(subscription, streamAckDeadlineSeconds, { messages, bytes }, listener) {
      const headers = { 'x-goog-request-params': `subscription=${subscription}` }
      const stream = subscriber.streamingPull({ otherArgs: { headers } })
      listen(stream, listener)
      stream.write({
        subscription,
        streamAckDeadlineSeconds,
        maxOutstandingMessages: messages,
        maxOutstandingBytes: bytes,
      })
      return {
        keepAlive: () => void stream.write({}),
        pause: () => void stream.pause(),
        resume: () => void stream.resume(),
        end: () => void stream.end(),
        cancel: () => stream.cancel(),
      }
    },
    async acknowledge(subscription, ackIds) {
      await subscriber.acknowledge({ subscription, ackIds: [...ackIds] }, { ...once })
    },
    async modifyAckDeadline(subscription, ackIds, ackDeadlineSeconds) {
      const request = { subscription, ackIds: [...ackIds], ackDeadlineSeconds }
      await subscriber.modifyAckDeadline(request, { ...once })
    },
    async getTopic(topic) {
      const [found] = await publisher.getTopic({ topic }, { ...once })
      return found
    },
    async createTopic(topic) {
      await publisher.createTopic(topic, { ...once })
    },
    async getSubscription(subscription) {
      const [found] = await subscriber.getSubscription({ subscription }, { ...once })
      return found
    },
    async createSubscription(subscription) {
      const [created] = await subscriber.createSubscription(subscription, { ...once })
      return created
    },
    async seek(subscription, target) {
      await subscriber.seek({ subscription, ...target }, { ...once })
    },
    async createSnapshot(name, subscription) {
      await subscriber.createSnapshot({ name, subscription }, { ...once })
    },
    async ask() {
      const request = { project: `projects/${native.projectId}`, pageSize: 1 }
      await publisher.listTopics(request, { ...once, autoPaginate: false })
    },
    close,
  }
}

function listen(stream: ReturnType<SubscriberClient['streamingPull']>, listener: PullListener): void {
  let isOver = false
  const end = (error: unknown) => {
    if (isOver) return
    isOver = true
    listener.ended(error)
  }
  stream.on('data', (response: PullResponse) => listener.received(response))
  stream.on('error', (error: unknown) => end(error))
  stream.on('end', () => end(undefined))
  stream.on('close', () => end(undefined))
}
