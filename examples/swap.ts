/** The same handler on any broker: `npx tsx examples/swap.ts 'memory://?redelivery=runner'`. */
import { type CloudEvent, connect, createEvent, derive, TerminalError } from '../adapters/index.ts'
import './shared/one-line-errors.ts'

// The handler knows no broker: events in, events out.
function price(event: CloudEvent) {
  const { data } = event
  if (typeof data !== 'object' || data === null || !('cups' in data)) {
    throw new TerminalError(`${event.subject} says no number of cups`)
  }
  return derive(event, { type: 'com.example.order.priced', data: { ...data, euros: 3 * Number(data.cups) } })
}

const url = process.argv[2] ?? 'memory://'
await using broker = await connect(url)
const { delivery, ordering, redelivery } = broker.capabilities
console.log(`${broker.name}: ${delivery}, order by ${ordering}, redelivery by the ${redelivery}`)

let finish = () => {}
const finished = new Promise<void>((resolve) => {
  finish = resolve
})
broker.subscribe({ topic: 'orders', group: 'till' }, price, { sink: { topic: 'bills' } })
broker.subscribe({ topic: 'bills', group: 'printer' }, ({ subject, data }) => {
  console.log(`${subject}: ${JSON.stringify(data)}`)
  if (subject === 'order-3') finish()
})

for (let cups = 1; cups <= 3; cups++) {
  const order = {
    type: 'com.example.order.placed',
    source: '/shop',
    subject: `order-${cups}`,
    data: { cups },
  }
  await broker.publish('orders', createEvent(order), { key: 'table-4' })
}
await finished
