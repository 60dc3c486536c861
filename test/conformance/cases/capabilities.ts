import { always, type Case } from '../case.ts'
import { equal, ok } from '../check.ts'

export const capabilities: readonly Case[] = [
  {
    name: 'the limits that are declared are whole numbers of at least one, and a message fits a batch',
    checks: [52],
    needs: always,
    async run({ capabilities: { maxBatch, maxMessageBytes } }) {
      for (const [name, value] of Object.entries({ ...maxBatch, maxMessageBytes })) {
        ok(
          value === Number.POSITIVE_INFINITY || (Number.isInteger(value) && value >= 1),
          `${name} is ${value}`,
        )
      }
      ok(maxMessageBytes <= maxBatch.bytes, 'the largest message is larger than a batch')
    },
  },
  {
    name: 'capabilities do not contradict each other',
    checks: [50],
    needs: always,
    async run({ capabilities: declared, driver, broker }) {
      equal(broker.capabilities, driver.capabilities, 'the capabilities of broker and driver')
      equal(new Set(declared.replay).size, declared.replay.length, 'the number of replay positions')
      ok(
        declared.replay.length === 0 || driver.seek !== undefined,
        'positions are declared, but there is no seek',
      )
      ok(
        !declared.delay || declared.redelivery === 'broker',
        'the broker delays nacks, but it does not redeliver',
      )
      const once = declared.delivery === 'at-most-once'
      ok(
        !once || declared.redelivery === 'runner',
        'what is delivered at most once is not redelivered by the broker',
      )
    },
  },
]
