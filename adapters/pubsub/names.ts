import { problem } from './problem.ts'

/** https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names */
const legalName = /^[A-Za-z][A-Za-z0-9\-_.~+%]{2,254}$/
const rules = 'a letter, then letters, digits, -_.~+% only, 3 to 255 in all'
const foreign = /[^A-Za-z0-9\-_.~]/gu
const encoder = new TextEncoder()

/** `projects/<project>/topics/<topic>`; a topic that is given in full stays as it is. Throws `ERR_CONFIG`. */
export function topicPath(project: string, topic: string): string {
  return path(project, 'topics', topic)
}

/**
 * The subscription of a group: `<topic>+<group>`, since a subscription is of one topic. In the group, and in a `+` of the
 * topic, what is no letter, digit or one of `-_.~` becomes its UTF-8 bytes as `%XX`, so two groups never share one. A
 * group that is named in full (`projects/P/subscriptions/S`) is that subscription.
 */
export function subscriptionPath(project: string, topic: string, group: string): string {
  if (group.startsWith('projects/')) return path(project, 'subscriptions', group)
  const short = topic.startsWith('projects/') ? topic.slice(topic.lastIndexOf('/') + 1) : topic
  return path(project, 'subscriptions', `${escaped(short)}+${escaped(group)}`)
}

/** `projects/<project>/snapshots/<name>`. */
export function snapshotPath(project: string, name: string): string {
  return path(project, 'snapshots', name)
}

function path(project: string, kind: 'topics' | 'subscriptions' | 'snapshots', name: string): string {
  const [, full, short] = /^projects\/[^/]+\/([a-z]+)\/([^/]+)$/.exec(name) ?? []
  const isRight = full === undefined ? legalName.test(name) : full === kind && legalName.test(short ?? '')
  if (isRight && !(short ?? name).startsWith('goog'))
    return full === undefined ? `projects/${project}/${kind}/${name}` : name
  const what = kind.slice(0, -1)
  throw problem(
    'ERR_CONFIG',
    `"${name}" is no name of a ${what} of Pub/Sub: use ${rules}, and not goog at the beginning`,
  )
}

function escaped(text: string): string {
  return text.replace(foreign, (character) =>
    Array.from(
      encoder.encode(character),
      (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    ).join(''),
  )
}
