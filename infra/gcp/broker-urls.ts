import type { Placement } from '../place.ts'
import type { Notes } from '../policy/compiled.ts'

const address = /^pubsub:\/\/([^/?]*)/

/** The project at Google Cloud: the configuration's, or the one that a broker's URL names. There can be only one. */
export function projectOf({ config: { infra, brokers } }: Placement, noted: Notes): string {
  const named = new Set([...brokers.values()].flatMap(({ url }) => address.exec(url)?.[1] || []))
  const [first, second] = named
  const project = infra?.pubsub?.project ?? first
  if (project === undefined)
    noted.refuse(
      'infra.pubsub.project',
      'missing: give the id of the project at Google Cloud, or name it in the URL of the broker, pubsub://my-project',
    )
  else if (second !== undefined || (first !== undefined && first !== project))
    noted.refuse(
      'infra.pubsub.project',
      `it is ${project}, and brokers name ${[...named].join(', ')}: deploy one project at a time`,
    )
  return project ?? ''
}

/** The URL with the project in it, and these parameters where it has none of the name. */
export function brokerUrl(
  url: string,
  project: string,
  parameters: Readonly<Record<string, string>>,
): string {
  const [place = '', query = ''] = url.split(/\?(.*)/s, 2)
  const all = new URLSearchParams(query)
  for (const [name, value] of Object.entries(parameters)) if (!all.has(name)) all.set(name, value)
  const rest = all.size === 0 ? '' : `?${all}`
  return `${place.replace(/^pubsub:\/\/$/, `pubsub://${project}`)}${rest}`
}
