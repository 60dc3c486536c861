import { describe, expect, it } from '@jest/globals'
import { loadClient } from '../../adapters/core/client-package.ts'
import { loadKafkajs } from '../../adapters/kafka/client.ts'
import { openConnection } from '../../adapters/nats/connection.ts'
import { openApi } from '../../adapters/pubsub/open.ts'

const missing = () => Promise.reject(new Error("Cannot find package 'x'\nRequire stack: …"))

describe('the package of a client', () => {
  it('is what was loaded', async () => {
    expect(await loadClient('kafka', 'kafkajs', async () => 'kafkajs itself')).toBe('kafkajs itself')
  })

  it.each([
    ['kafka', 'kafkajs', () => loadKafkajs(missing)],
    ['nats', 'nats', () => openConnection({ servers: 'localhost' }, 'nats', undefined, missing)],
    ['pubsub', '@google-cloud/pubsub', () => openApi({}, 1_000, missing)],
    ['kinesis', '@aws-sdk/client-kinesis', () => loadClient('kinesis', '@aws-sdk/client-kinesis', missing)],
  ])('of %s is missed in the same words as every other', async (adapter, name, load) => {
    await expect(load()).rejects.toMatchObject({
      code: 'ERR_MISSING_CLIENT',
      message: `[${adapter}] the client package ${name} cannot be loaded (Cannot find package 'x'): run npm install ${name}`,
    })
  })
})
