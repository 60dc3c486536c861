import type { DynamoDB } from '@aws-sdk/client-dynamodb'
import type { Kinesis } from '@aws-sdk/client-kinesis'
import { loadClient } from '../core/client-package.ts'
import { type GetRecords, getRecordsOf } from './get-records.ts'
import type { Settings } from './options.ts'
import { type Circumstances, faultOf, problemOf } from './problem.ts'
import { type PutRecords, putRecordsOf } from './put-records.ts'

/** The packages that are needed, each loaded when the first broker is opened. */
export interface Packages {
  readonly kinesis: () => Promise<typeof import('@aws-sdk/client-kinesis')>
  readonly dynamodb: () => Promise<typeof import('@aws-sdk/client-dynamodb')>
  readonly http: () => Promise<typeof import('@smithy/node-http-handler')>
}

export const installed: Packages = {
  kinesis: () => import('@aws-sdk/client-kinesis'),
  dynamodb: () => import('@aws-sdk/client-dynamodb'),
  http: () => import('@smithy/node-http-handler'),
}

/** The clients of AWS with the settings of one broker. */
export interface Client {
  readonly settings: Settings
  /** Repeats nothing: for what has its own way of going on after a failure. */
  readonly kinesis: Kinesis
  readonly getRecords: GetRecords
  readonly putRecords: PutRecords
  /** Repeats what fails for a moment, as the SDK does: for looking up and for administration. */
  readonly native: Kinesis
  /** Absent where leases are kept elsewhere. */
  readonly dynamodb: DynamoDB | undefined
  /** True once Kinesis has answered: if it cannot be reached later, it may come back. */
  readonly hasAnswered: boolean
  /** A client whose event streams end with it, and nothing else. */
  createStreaming(): Kinesis
  /** Makes a call, whose error then says what failed, where, and what it needs. */
  call<T>(what: string, circumstances: Omit<Circumstances, 'place'>, work: () => Promise<T>): Promise<T>
  /** Where Kinesis is, for errors. */
  readonly place: string
  /** Where DynamoDB is, for errors. */
  readonly leasePlace: string
  close(): void
}

export async function createClient(settings: Settings, packages: Packages): Promise<Client> {
  const { region, endpoint, leaseEndpoint, connectTimeoutMs, requestTimeoutMs } = settings
  const { Kinesis, GetRecordsCommand } = await load('@aws-sdk/client-kinesis', packages.kinesis)
  const { NodeHttpHandler } = await load('@smithy/node-http-handler', packages.http)
  // HTTP/1.1: the SDK would speak HTTP/2 to Kinesis, which no local server can do without TLS, and few with it.
  const requestHandler = new NodeHttpHandler({
    connectionTimeout: connectTimeoutMs,
    requestTimeout: requestTimeoutMs,
    throwOnRequestTimeout: true,
    httpAgent: { keepAlive: true, maxSockets: 500 },
    httpsAgent: { keepAlive: true, maxSockets: 500 },
  })
  const regional = region === undefined ? {} : { region }
  const base = { ...regional, ...(endpoint === undefined ? {} : { endpoint }) }
  const native = new Kinesis({ ...base, requestHandler })
  const kinesis = new Kinesis({ ...base, requestHandler, maxAttempts: 1 })
  const dynamodb = settings.leases === 'dynamodb' ? await openDynamodb() : undefined
  let hasAnswered = false

  async function openDynamodb(): Promise<DynamoDB> {
    const { DynamoDB } = await load('@aws-sdk/client-dynamodb', packages.dynamodb)
    const at = leaseEndpoint === undefined ? {} : { endpoint: leaseEndpoint }
    return new DynamoDB({ ...regional, ...at, requestHandler, maxAttempts: 2 })
  }

  return {
    settings,
    native,
    kinesis,
    getRecords: getRecordsOf(kinesis, GetRecordsCommand),
    putRecords: putRecordsOf(kinesis),
    dynamodb,
    place: placeOf(endpoint, region),
    leasePlace: placeOf(leaseEndpoint, region),
    get hasAnswered() {
      return hasAnswered
    },
    createStreaming() {
      const isPlain =
        endpoint?.startsWith('http:') || process.env.AWS_ENDPOINT_URL_KINESIS?.startsWith('http:')
      // The service itself streams over HTTP/2 alone, which is the SDK's default.
      const handler = isPlain
        ? { requestHandler: new NodeHttpHandler({ connectionTimeout: connectTimeoutMs }) }
        : {}
      return new Kinesis({ ...base, ...handler, maxAttempts: 1 })
    },
    async call(what, circumstances, work) {
      try {
        const answer = await work()
        hasAnswered = true
        return answer
      } catch (error) {
        if (!faultOf(error).isConnection) hasAnswered = true
        throw problemOf(what, error, { ...circumstances, place: placeOf(endpoint, region) })
      }
    },
    close() {
      kinesis.destroy()
      native.destroy()
      dynamodb?.destroy()
    },
  }
}

function placeOf(endpoint: string | undefined, region: string | undefined): string {
  const found = region ?? process.env.AWS_REGION
  const where = found === undefined ? 'the default region' : `region ${found}`
  return endpoint === undefined ? where : `${endpoint}, ${where}`
}

async function load<T>(name: string, from: () => Promise<T>): Promise<T> {
  return loadClient('kinesis', name, from)
}
