import type { Requests, Topic } from './api.ts'
import { msOf, spanOf } from './duration.ts'
import { topicPath } from './names.ts'
import type { Settings } from './options.ts'
import { isStatus, problem, problemOf, type Request } from './problem.ts'

/** Creates a topic where it does not exist. Throws `ERR_CONFIG` where it keeps messages for another time than was asked for. */
export async function ensureTopic(api: Requests, topic: string, settings: Settings): Promise<void> {
  const name = topicPath(api.project, topic)
  const { retentionMs, givenRetentionMs } = settings
  const wanted: Topic = {
    name,
    ...(retentionMs > 0 && { messageRetentionDuration: spanOf(retentionMs) }),
  }
  const created = api.createTopic(wanted).then(
    () => true,
    (error: unknown) => {
      if (isStatus(error, 'alreadyExists')) return false
      throw problemOf(error, asking(api, `creating topic "${topic}"`, 'pubsub.topics.create'))
    },
  )
  if ((await created) || givenRetentionMs === undefined) return
  const found = await api.getTopic(name).catch((error: unknown) => {
    throw problemOf(error, asking(api, `looking at topic "${topic}"`, 'pubsub.topics.get'))
  })
  const has = msOf(found.messageRetentionDuration) ?? 0
  if (has === givenRetentionMs) return
  const what = `topic "${topic}" exists with other settings: message_retention_duration is ${has} ms, needed ${givenRetentionMs} ms`
  throw problem('ERR_CONFIG', `${what}: change "retentionMs" or the topic`)
}

function asking({ address }: Requests, what: string, permission: string): Request {
  return { what, permission, address }
}
