/** Dead-letters what cannot be handled, then mends it and sends it again: `npx tsx examples/dead-letter.ts`. */
import { connect, createEvent, derive, TerminalError } from '../adapters/index.ts'
import './shared/one-line-errors.ts'

await using broker = await connect('memory://')
let finish = () => {}
const finished = new Promise<void>((resolve) => {
  finish = resolve
})

broker.subscribe(
  { topic: 'orders', group: 'kitchen' },
  (event) => {
    const cups = cupsOf(event.data)
    // No retry can help: the event goes to the dead-letter topic at once, with this as its reason.
    if (cups === undefined) throw new TerminalError(`${event.subject} says no number of cups`)
    console.log(`${event.subject}: ${cups} cups`)
    if (event.mended === 'true') finish()
  },
  { policy: { deadLetter: 'dead-orders' } },
)

// A dead letter is the original with four extensions that tell what happened.
broker.subscribe({ topic: 'dead-orders', group: 'mending' }, async (event) => {
  console.log(`dead: ${event.dlqreason} (attempt ${event.dlqattempts}, from "${event.dlqtopic}")`)
  const forget = { dlqreason: undefined, dlqtopic: undefined, dlqattempts: undefined, dlqtime: undefined }
  await broker.publish('orders', derive(event, { ...forget, mended: true, data: { cups: 1 } }))
})

for (const [number, data] of [{ cups: 2 }, { item: 'coffee' }].entries()) {
  const order = { type: 'com.example.order.placed', source: '/shop', subject: `order-${number + 1}`, data }
  await broker.publish('orders', createEvent(order))
}
await finished

function cupsOf(data: unknown): unknown {
  return typeof data === 'object' && data !== null && 'cups' in data ? data.cups : undefined
}
