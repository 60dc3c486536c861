import type { Deliver, Driver } from '../../adapters/core/driver.ts'
import type { Harness } from '../conformance/harness.ts'
import { delegate } from '../conformance/interpose.ts'
import { eventually } from '../eventually.ts'
import {
  type Course,
  eventOf,
  isOver,
  type Name,
  nameIn,
  names,
  play,
  policy,
  unreadable,
} from './scenario.ts'

/** A driver whose acknowledgements are noted as it is told of them. */
function noting(driver: Driver, acknowledge: (name: Name) => void): Driver {
  return delegate(driver, {
    receive(source, deliver, signal, options) {
      const noted: Deliver = async (batch) => {
        // Read before the handler runs: a driver may use the memory of a message again.
        const delivered = batch.map(({ message }) => nameIn(message.body))
        const outcomes = await deliver(batch)
        for (const [index, name] of delivered.entries()) {
          const kind = outcomes[index]?.kind
          if (kind === 'ack' || kind === 'term') acknowledge(name)
        }
        return outcomes
      }
      return driver.receive(source, noted, signal, options)
    },
  })
}

/** The scenario through a worker on a broker. */
export async function onWorker(harness: Harness): Promise<Course> {
  const { course, handler, sink, observe, acknowledge, close } = play()
  await using broker = await harness.open((driver) => noting(driver, acknowledge))
  const topic = await harness.topic()
  const deadLetter = await harness.topic()
  const source = { topic, group: 'parity' }
  await harness.group?.(source)
  const subscription = broker.subscribe(source, handler, {
    sink: { topic: 'results', broker: sink },
    policy: { ...policy, deadLetter },
    observe,
  })
  if (broker.capabilities.delivery === 'at-most-once') await broker.ping()
  for (const name of names) {
    if (name !== 'unreadable') {
      await broker.publish(topic, eventOf(name))
      continue
    }
    const { headers } = broker.binding.encode(eventOf(name), { mode: 'structured' })
    await broker.send(topic, [{ body: unreadable(), headers, key: 'k' }])
  }
  await eventually('the end of the scenario', () => isOver(course), 60_000)
  await subscription.close()
  await close()
  return course
}
