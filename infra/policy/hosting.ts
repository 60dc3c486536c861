import { schemeOf } from '../../cli/config/broker-url.ts'
import type { NoteStore } from '../../cli/config/idempotency.ts'
import type { FunctionConfig, ResolvedConfig } from '../../cli/config/index.ts'
import type { PlatformName } from '../platform.ts'
import { type Compiled, notes } from './compiled.ts'
import { tableChecked } from './names.ts'

type Table = Extract<NoteStore, { readonly table: string }>

/** What a platform makes of the settings of a host and of idempotency. */
export type Hosting = Pick<Compiled<never>, 'problems' | 'differences'>

export interface HostingSubject {
  readonly platform: PlatformName
  /** Whether the event source mapping takes partial responses. */
  readonly partialResponses: boolean
  /** Whether the function runs inside a network that has no way out but to S3 and DynamoDB of its region. */
  readonly isInside?: boolean | undefined
}

/** What is told of a policy and of the host together. */
export function withHosting<S>(compiled: Compiled<S>, { problems, differences }: Hosting): Compiled<S> {
  return {
    settings: compiled.settings,
    problems: [...compiled.problems, ...problems],
    differences: [...compiled.differences, ...differences],
  }
}

/** Settings of the host and of idempotency as a platform obeys them. */
export function hosting(
  fn: FunctionConfig,
  { brokers }: Pick<ResolvedConfig, 'brokers'>,
  { platform, partialResponses, isInside = false }: HostingSubject,
): Hosting {
  const { name, hosts = {}, idempotency } = fn
  const noted = notes()
  if (platform === 'kinesis' || platform === 'kafka') checkLambda(`lambda-${platform}`)
  if (platform === 'pubsub' && hosts.http?.authentication !== undefined)
    noted.differ(
      `functions.${name}.hosts.http.authentication`,
      'Cloud Run lets in the service account of the subscription alone, and checks its token itself',
    )
  checkStore()
  const { problems, differences } = noted
  return { problems, differences }

  function checkLambda(host: 'lambda-kinesis' | 'lambda-kafka'): void {
    const path = `functions.${name}.hosts.${host}`
    const written = hosts[host]?.partialResponses
    if (written === false && partialResponses)
      noted.refuse(
        `${path}.partialResponses`,
        'the event source mapping has ReportBatchItemFailures, and one failure would repeat the whole batch: leave it out',
      )
    if (written === true && !partialResponses)
      noted.refuse(
        `${path}.partialResponses`,
        'Lambda on demand reads a partial response as success, and events would be lost: leave it out, or give infra.kafka.pollers',
      )
    if (host === 'lambda-kinesis' && hosts[host]?.order === 'key')
      noted.differ(`${path}.order`, 'the order of a partition key is kept, that of a shard is not')
  }

  function checkStore(): void {
    if (idempotency === undefined) return
    const { store } = idempotency
    const path = `functions.${name}.idempotency.store`
    if (store === 'memory')
      noted.refuse(
        path,
        'notes in memory are of one process, and the platform runs several, each for a while: give { table } or { bucket }',
      )
    else if ('bucket' in store) checkBucket(path, store.broker ?? fn.source.broker)
    else checkTable(path, store)
  }

  function checkTable(path: string, { table, region, endpoint }: Table): void {
    tableChecked(`${path}.table`, table, noted)
    if (platform === 'pubsub')
      noted.differ(path, 'the function needs credentials of AWS, which the stack does not give it')
    else if (isInside && (region !== undefined || endpoint !== undefined))
      noted.refuse(
        path,
        'a function that publishes runs inside the network of the cluster, which reaches DynamoDB of its own region alone: leave region and endpoint out',
      )
  }

  function checkBucket(path: string, broker: string): void {
    const scheme = schemeOf(brokers.get(broker)?.url ?? '')
    if (scheme !== 'jetstream' && scheme !== 'nats')
      noted.refuse(
        path,
        `broker "${broker}" is ${scheme}:// there, which has no key-value buckets: name one of jetstream:// or nats://, or give { table }`,
      )
    else if (isInside)
      noted.refuse(
        path,
        `a function that publishes runs inside the network of the cluster, which broker "${broker}" is not reached from: give { table }`,
      )
    else if (platform !== 'nats')
      noted.differ(path, `the function has to reach broker "${broker}", which the stack knows nothing of`)
  }
}
