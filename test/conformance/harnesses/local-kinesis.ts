import { sharedServer } from './shared-servers.ts'

/** Workers hear of each other soon, and what is published is read soon; no request outlasts a case. */
export const soon = {
  leaseMs: 3_000,
  renewMs: 60,
  checkpointMs: 20,
  pollMs: 10,
  requestTimeoutMs: 5_000,
} as const

/** Where a Kinesis and a DynamoDB are that run here. Local servers check that there are credentials, and not which. */
export async function kinesisAt(kind: 'kinesis' | 'kinesalite') {
  process.env.AWS_ACCESS_KEY_ID ??= 'local'
  process.env.AWS_SECRET_ACCESS_KEY ??= 'local'
  const [streams, leases] = await Promise.all([sharedServer(kind), sharedServer('dynamodb')])
  return {
    region: 'us-east-1',
    endpoint: `http://${streams.address}`,
    leaseEndpoint: `http://${leases.address}`,
  }
}
