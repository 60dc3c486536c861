import type { WaybillError } from '../core/errors.ts'
import type { Client } from './client.ts'
import { faultOf, problem } from './problem.ts'

const shortest = 'group.min.session.timeout.ms'
const longest = 'group.max.session.timeout.ms'
/** `ConfigResourceTypes.BROKER` of kafkajs, which Node.js does not find among the exports of the package. */
const brokerType = 4

/** The error of a broker that does not take the session's timeout, told with what it takes; `undefined` for another one. */
export async function sessionRefusal(
  client: Client,
  what: string,
  error: unknown,
): Promise<WaybillError | undefined> {
  if (faultOf(error).type !== 'INVALID_SESSION_TIMEOUT') return undefined
  const option = `option "sessionTimeoutMs" is ${client.settings.sessionTimeoutMs}`
  // Asking takes a right of its own, DescribeConfigs of the cluster.
  const [least, most] = await limitsOf(client).catch(() => [])
  const isKnown = least !== undefined && most !== undefined
  const takes = isKnown ? `the server takes ${least} to ${most}` : 'the server does not take that'
  const text = `${what} is refused: ${option}, ${takes} (${shortest}, ${longest}): change the option or the server`
  return problem('ERR_CONFIG', text, error)
}

async function limitsOf({ admin }: Client): Promise<readonly (string | undefined)[]> {
  const names = [shortest, longest]
  return admin('reading the settings of a broker', async (asking) => {
    const { brokers } = await asking.describeCluster()
    const { resources } = await asking.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: brokerType, name: String(brokers[0]?.nodeId), configNames: names }],
    })
    const entries = resources[0]?.configEntries ?? []
    return names.map((name) => entries.find(({ configName }) => configName === name)?.configValue)
  })
}
