import { describe, expect, it } from '@jest/globals'
import { createBroker } from '../../adapters/core/create-broker.ts'
import { memory } from '../../adapters/memory/index.ts'
import { rejectionOf } from './events.ts'
import { fakeDriver } from './fake-driver.ts'
import { binding } from './recorded-runner.ts'

describe('ping', () => {
  it('resolves on the memory broker, which is always there', async () => {
    await using broker = memory()
    expect(await broker.ping()).toBeUndefined()
  })

  it('asks the driver, and fails as it does', async () => {
    const down = new Error('down')
    const driver = { ...fakeDriver(), ping: () => Promise.reject(down) }
    await using broker = createBroker({ name: 'fake', driver, binding })
    expect(await rejectionOf(broker.ping())).toBe(down)
  })

  it('is refused with ERR_UNSUPPORTED where the driver has nothing to ask', async () => {
    await using broker = createBroker({ name: 'fake', driver: fakeDriver(), binding })
    expect(await rejectionOf(broker.ping())).toMatchObject({ code: 'ERR_UNSUPPORTED', adapter: 'fake' })
  })

  it('is refused with ERR_CLOSED after close', async () => {
    const broker = memory()
    await broker.close()
    expect(await rejectionOf(broker.ping())).toMatchObject({ code: 'ERR_CLOSED' })
  })
})
