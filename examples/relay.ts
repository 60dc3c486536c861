/** Forwards paid orders from one broker to another, unchanged: `npx tsx examples/relay.ts [from URL] [to URL]`. */
import { connect, createEvent } from '../adapters/index.ts'
import './shared/one-line-errors.ts'

const [, , from = 'memory://', to = 'memory://?redelivery=runner'] = process.argv
// Disposed of in reverse: the shop's relay ends while the warehouse can still confirm.
await using warehouse = await connect(to)
await using shop = await connect(from)
let finish = () => {}
const finished = new Promise<void>((resolve) => {
  finish = resolve
})

// An event that is returned goes to the sink with its id, time and bytes as they were. The source is acknowledged
// after the sink has confirmed it. Returning nothing acknowledges and forwards nothing.
shop.subscribe({ topic: 'orders', group: 'relay' }, (event) => (event.paid === 'true' ? event : undefined), {
  sink: { broker: warehouse, topic: 'paid-orders' },
})

warehouse.subscribe({ topic: 'paid-orders', group: 'packing' }, (event) => {
  console.log(`pack ${event.subject}: ${JSON.stringify(event.data)}`)
  if (event.subject === 'order-3') finish()
})

for (const [number, paid] of [true, false, true].entries()) {
  const order = { type: 'com.example.order.placed', source: '/shop', subject: `order-${number + 1}`, paid }
  await shop.publish('orders', createEvent({ ...order, data: { item: 'coffee' } }), { key: 'shop' })
}
await finished
