import { blocksOf, type TerraformJson } from '../../../infra/gcp/terraform-json.ts'

type Json = Readonly<Record<string, unknown>>

/** What Google's API of Pub/Sub, and the emulator's, is asked. */
export async function ask(address: string, method: string, path: string, body: object): Promise<Json> {
  const answer = await fetch(`http://${address}/v1/${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
  return JSON.parse(text)
}

/** Where the services of the modules run instead, by their names at Cloud Run. */
export type Addresses = Readonly<Record<string, string>>

/** Makes the topics and subscriptions of these modules, as Terraform's provider would: arguments become fields of the API. */
export async function apply(
  address: string,
  project: string,
  modules: Readonly<Record<string, TerraformJson>>,
  services: Addresses,
): Promise<void> {
  const blocks = blocksOf(modules)
  const resolved = (text: string) =>
    text.replaceAll(/\$\{([\w-]+)\.([\w-]+)\.(\w+)\}/g, (_, type: string, id: string, attribute: string) => {
      const given = blocks.find((block) => block.type === type && block.id === id)?.arguments ?? {}
      if (attribute === 'uri') return services[String(given.name)] ?? ''
      if (attribute === 'email') return `${given.account_id}@${project}.iam.gserviceaccount.com`
      return attribute === 'id' ? `projects/${project}/topics/${given.name}` : String(given.name)
    })

  for (const kind of ['topic', 'subscription'])
    for (const { type, arguments: given } of blocks) {
      if (type !== `google_pubsub_${kind}`) continue
      const { name, depends_on: _, lifecycle: __, ...fields } = given
      await ask(address, 'PUT', `projects/${project}/${kind}s/${name}`, Object(asField(fields, resolved)))
    }
}

/** Terraform's spelling in the API's: `ack_deadline_seconds` is `ackDeadlineSeconds`, and no time to live no time. */
function asField(value: unknown, resolved: (text: string) => string): unknown {
  if (typeof value === 'string') return resolved(value)
  if (Array.isArray(value)) return value.map((each) => asField(each, resolved))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, each]) => {
      if (name === 'ttl' && each === '') return []
      if (name === 'labels') return [[name, each]]
      const field = name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
      return [[field, asField(each, resolved)]]
    }),
  )
}
