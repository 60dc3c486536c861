import type { Driver, SendResult } from '../../adapters/core/driver.ts'
import { memoryDriver } from '../../adapters/memory/index.ts'
import { delegate } from '../conformance/interpose.ts'

/** A server that can crash and come back with its data. */
export interface Restartable {
  readonly driver: Driver
  restart(): Promise<void>
}

const downMs = 30

/** While it is down it refuses records; what was being handled when it crashed is delivered again. */
export function restartable({ confirmsWhileDown = false } = {}): Restartable {
  const memory = memoryDriver()
  let isUp = true
  let lease = new AbortController()
  const whileDown: SendResult = confirmsWhileDown ? {} : { error: new Error('down'), retryable: true }
  const driver = delegate(memory, {
    async send(topic, messages, signal) {
      if (isUp) return memory.send(topic, messages, signal)
      return messages.map(() => whileDown)
    },
    receive(source, deliver, signal, options) {
      const leased: typeof deliver = async (batch) => {
        const { signal: lost } = lease
        const outcomes = await deliver(
          batch.map((delivery) => ({ ...delivery, signal: AbortSignal.any([delivery.signal, lost]) })),
        )
        return lost.aborted ? outcomes.map(() => ({ kind: 'release' })) : outcomes
      }
      return memory.receive(source, leased, signal, options)
    },
  })
  return {
    driver,
    async restart() {
      isUp = false
      lease.abort()
      await new Promise((resolve) => setTimeout(resolve, downMs))
      lease = new AbortController()
      isUp = true
    },
  }
}
