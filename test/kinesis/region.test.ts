import { describe, expect, it } from '@jest/globals'
import { createEvent, PublishError } from '../../adapters/core/index.ts'
import type { KinesisBroker } from '../../adapters/kinesis/index.ts'
import { errorNamed, problemOf } from '../../adapters/kinesis/problem.ts'
import { describeWith } from '../dev/available.ts'
import { newStream, openKinesis, startFaults } from './server.ts'

const event = createEvent({ type: 'n', source: '/n', id: '1' })

async function refusalOf(broker: KinesisBroker, topic: string): Promise<unknown> {
  try {
    await broker.publish(topic, event)
    return undefined
  } catch (error) {
    return error instanceof PublishError ? error.failures[0]?.error : error
  }
}

await describeWith('kinesis', 'a region that is not that of the stream', () => {
  it('is named where publishing or reading finds no such stream there', async () => {
    const topic = await newStream('kinesis')
    await using broker = await openKinesis('kinesis', { region: 'eu-central-1', leases: 'memory' })
    const told = {
      code: 'ERR_NOT_FOUND',
      message: expect.stringMatching(
        /"stream-\d+" does not exist at .*region eu-central-1: .*waybill run --ensure, or correct .*the region/,
      ),
    }
    expect(await refusalOf(broker, topic)).toMatchObject(told)
    await expect(broker.subscribe({ topic, group: 'g' }, () => {}).done).rejects.toMatchObject(told)
    await using right = await openKinesis('kinesis', { leases: 'memory' })
    expect(await refusalOf(right, topic)).toBeUndefined()
  }, 60_000)
})

await describeWith('kinesalite', 'a region that is not that of the endpoint', () => {
  it('is what to correct, and not the credentials', async () => {
    const topic = await newStream('kinesalite')
    await using faults = await startFaults('kinesalite')
    const message = "Credential should be scoped to a valid region, not 'eu-central-1'."
    faults.proxy.fail({ error: 'InvalidSignatureException', message })
    const options = { region: 'eu-central-1', endpoint: faults.endpoint, leases: 'memory' } as const
    await using broker = await openKinesis('kinesalite', options)
    expect(await refusalOf(broker, topic)).toMatchObject({
      code: 'ERR_CONFIG',
      message: expect.stringMatching(
        /region eu-central-1, InvalidSignatureException .*: correct the region$/,
      ),
    })
  }, 30_000)
})

describe('a region that there is not', () => {
  it('is told as a host that has no address, with the region', () => {
    const missing = Object.assign(
      errorNamed('Error', 'getaddrinfo ENOTFOUND kinesis.eu-wset-1.amazonaws.com'),
      {
        code: 'ENOTFOUND',
      },
    )
    const place = 'region eu-wset-1'
    expect(problemOf('publishing', missing, { permission: 'kinesis:PutRecords', place })).toMatchObject({
      code: 'ERR_TIMEOUT',
      message: expect.stringMatching(/no answer from region eu-wset-1 .*check the region/),
    })
  })
})
