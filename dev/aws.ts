import { problem } from './problem.ts'

/** The region that local servers of AWS interfaces are asked in. */
export const region = 'us-east-1'

/** What AWS clients want to see where nobody checks it. */
const credentials = {
  AWS_REGION: region,
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
}

/** Variables of AWS clients for one service (AWS SDKs and Tools Reference Guide, "Service-specific endpoints"). */
export function awsVariables(
  service: 'KINESIS' | 'DYNAMODB',
  address: string,
): Readonly<Record<string, string>> {
  return { ...credentials, [`AWS_ENDPOINT_URL_${service}`]: `http://${address}` }
}

/** Asks for an operation without parameters, signed by nobody: a local server checks that there is a signature only. */
export async function askAws(port: number, version: '1.0' | '1.1', target: string): Promise<void> {
  const service = target.startsWith('Kinesis') ? 'kinesis' : 'dynamodb'
  const answer = await fetch(`http://127.0.0.1:${port}/`, {
    method: 'POST',
    headers: {
      'content-type': `application/x-amz-json-${version}`,
      'x-amz-target': target,
      'x-amz-date': '20200101T000000Z',
      connection: 'close',
      authorization: `AWS4-HMAC-SHA256 Credential=local/20200101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
    },
    body: '{}',
    signal: AbortSignal.timeout(2_000),
  })
  const text = await answer.text()
  if (!answer.ok) throw problem('ERR_TIMEOUT', `${target} is not answered yet (${answer.status} ${text})`)
}
