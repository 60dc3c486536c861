import type { Deliver, Driver } from '../../adapters/core/driver.ts'
import { seeded } from '../conformance/cases/failing.ts'
import { delegate } from '../conformance/interpose.ts'

const joinMs = 15
const longestTripMs = 2

/** Another driver behind a network: records take their time, and a reader is not there at once. */
export function slow(driver: Driver): Driver {
  const random = seeded(3)
  const trip = () => pause(random() * longestTripMs)
  return delegate(driver, {
    async send(topic, messages, signal) {
      await trip()
      const results = await driver.send(topic, messages, signal)
      await trip()
      return results
    },
    async receive(source, deliver, signal, options) {
      await pause(joinMs)
      const slowly: Deliver = async (batch) => {
        await trip()
        const outcomes = await deliver(batch)
        await trip()
        return outcomes
      }
      await driver.receive(source, slowly, signal, options)
    },
    async close() {
      await trip()
      await driver.close()
    },
  })
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
