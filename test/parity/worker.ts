import type { Harness } from '../conformance/harness.ts'
import { eventually } from '../eventually.ts'
import { type Course, eventOf, isOver, names, play, policy, unreadable } from './scenario.ts'

/** The scenario through a worker on a broker. */
export async function onWorker(harness: Harness): Promise<Course> {
  await using broker = await harness.open((driver) => driver)
  const topic = await harness.topic()
  const deadLetter = await harness.topic()
  const source = { topic, group: 'parity' }
  await harness.group?.(source)
  const { course, handler, sink, observe, close } = play()
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
