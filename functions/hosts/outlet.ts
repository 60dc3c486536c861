import type { Binding } from '../../adapters/core/binding.ts'
import type { Broker } from '../../adapters/core/broker.ts'
import { type DeadLetter, deadLetterMessage } from '../../adapters/core/dead-letter.ts'
import type { Delivery } from '../../adapters/core/driver.ts'
import { type Emit, keyAfter } from '../../adapters/core/emit.ts'

/** Where a function on a platform publishes: a topic, and the way to open its broker. */
export interface Outlet {
  readonly topic: string
  /**
   * Opens the broker. Called when the first event is published, and again only after it failed; what it gives is kept as
   * long as the platform keeps the process. Outlets that are given the same function share what it opens.
   */
  readonly broker: () => Promise<Broker>
}

/** Publishes what the handler returns; events keep the order of the key that led to them. */
export function emitTo({ topic, broker }: Outlet): Emit {
  const opened = openOnce(broker)
  return async (events, { message }) =>
    (await opened()).publish(topic, events, { key: keyAfter(message.key) })
}

/** Publishes dead letters. `from` is the binding of what was delivered. */
export function buryIn({ topic, broker }: Outlet, from: Binding): (letter: DeadLetter) => Promise<unknown> {
  const opened = openOnce(broker)
  return async (letter) => {
    const target = await opened()
    const { binding, capabilities } = target
    const delivery = binding.name === from.name ? letter.delivery : carried(letter.delivery, from, binding)
    const message = deadLetterMessage(binding, { ...letter, delivery }, capabilities.maxMessageBytes)
    return target.send(topic, [message])
  }
}

/** The delivery as another transport lays it out. What is no event keeps its bytes. */
function carried(delivery: Delivery, from: Binding, to: Binding): Delivery {
  const { message } = delivery
  try {
    return { ...delivery, message: to.encode(from.decode(message, delivery), { key: message.key }) }
  } catch {
    return delivery
  }
}

/** By the function that opens them: a sink and a dead letter that have the same one share a broker. */
const openers = new WeakMap<Outlet['broker'], Outlet['broker']>()

function openOnce(open: Outlet['broker']): Outlet['broker'] {
  const shared = openers.get(open) ?? memorized(open)
  openers.set(open, shared)
  return shared
}

function memorized(open: Outlet['broker']): Outlet['broker'] {
  let opened: Promise<Broker> | undefined
  return () => {
    opened ??= open().catch((error: unknown) => {
      opened = undefined
      throw error
    })
    return opened
  }
}
