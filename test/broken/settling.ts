import type { Deliver, Delivery, Outcome } from '../../adapters/core/driver.ts'
import type { Wrap } from '../conformance/harness.ts'
import { delegate } from '../conformance/interpose.ts'

const ack: Outcome = { kind: 'ack' }

function delivering(change: (deliver: Deliver) => Deliver): Wrap {
  return (driver) =>
    delegate(driver, {
      receive: (source, deliver, signal, options) => driver.receive(source, change(deliver), signal, options),
    })
}

function outcomesMapped(map: (outcome: Outcome) => Outcome): Wrap {
  return delivering((deliver) => async (batch) => (await deliver(batch)).map(map))
}

/** Acknowledges what it hands over, before the handler has seen it. */
export const acksEarly = delivering((deliver) => async (batch) => {
  void deliver(batch)
  return batch.map(() => ack)
})

export const takesReleaseForAck = outcomesMapped((outcome) => (outcome.kind === 'release' ? ack : outcome))

export const takesTermForNack = outcomesMapped((outcome) =>
  outcome.kind === 'term' ? { kind: 'nack', cause: outcome.cause } : outcome,
)

export const takesNackForAck = outcomesMapped((outcome) => (outcome.kind === 'nack' ? ack : outcome))

export const loopsHot = outcomesMapped((outcome) =>
  outcome.kind === 'nack' ? { kind: 'nack', cause: outcome.cause } : outcome,
)

/** Delays, but a quarter of the time. */
export const delaysTooLittle = outcomesMapped((outcome) =>
  outcome.kind === 'nack' ? { ...outcome, delayMs: (outcome.delayMs ?? 0) / 4 } : outcome,
)

/** Delivers what was acknowledged once more. */
export const repeatsAfterAck = delivering((deliver) => async (batch) => {
  const outcomes = await deliver(batch)
  setTimeout(() => void deliver(batch), 5)
  return outcomes
})

export const countsNoAttempts = delivering(
  (deliver) => (batch) => deliver(batch.map((delivery) => ({ ...delivery, attempt: 1 }))),
)

/** Commits the highest position that was acknowledged, whatever is open below it. */
export const passesUnsettled = delivering((deliver) => async (batch) => {
  const outcomes = await deliver(batch)
  const placeOf = ({ position }: Delivery) => Number(position)
  const acked = batch.filter((_, index) => outcomes[index]?.kind === 'ack').map(placeOf)
  return outcomes.map((outcome, index) => {
    const delivery = batch[index]
    return delivery !== undefined && placeOf(delivery) < Math.max(...acked) ? ack : outcome
  })
})

/** Hands over each message of a batch by itself, all at once. */
export const ignoresLanes = delivering((deliver) => async (batch) => {
  const outcomes = await Promise.all(batch.map((delivery) => deliver([delivery])))
  return outcomes.flat()
})

/** One batch at a time, over all lanes. */
export const holdsAllLanes = delivering((deliver) => {
  let last: Promise<unknown> = Promise.resolve()
  return (batch) => {
    const next = last.then(() => deliver(batch))
    last = next
    return next
  }
})

/** A nack sends the message to the end of its topic. */
export const reordersAfterNack: Wrap = (driver) =>
  delegate(driver, {
    receive(source, deliver, signal, options) {
      const reordering: Deliver = async (batch) => {
        const outcomes = await deliver(batch)
        const failed = batch.filter((_, index) => outcomes[index]?.kind === 'nack')
        await driver.send(
          source.topic,
          failed.map(({ message }) => message),
        )
        return outcomes.map((outcome) => (outcome.kind === 'nack' ? ack : outcome))
      }
      return driver.receive(source, reordering, signal, options)
    },
  })
