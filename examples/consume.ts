/** Handles orders until all are there, with a retry on the way: `npx tsx examples/consume.ts [broker URL]`. */
import { connect, createEvent } from '../adapters/index.ts'
import './shared/one-line-errors.ts'

await using broker = await connect(process.argv[2] ?? 'memory://')
const expected = 3
let count = 0
let finish = () => {}
const finished = new Promise<void>((resolve) => {
  finish = resolve
})

broker.subscribe(
  { topic: 'orders', group: 'kitchen' },
  (event, { attempt }) => {
    // Throwing retries: the broker or the runner delivers the event again.
    if (event.subject === 'order-2' && attempt === 1) throw new Error('the machine is warming up')
    console.log(`${event.subject}: made ${JSON.stringify(event.data)} at attempt ${attempt}`)
    if (++count === expected) finish()
  },
  { policy: { backoff: { initialMs: 10 } } },
)

for (let number = 1; number <= expected; number++) {
  const data = { item: 'coffee', cups: number }
  const event = createEvent({
    type: 'com.example.order.placed',
    source: '/shop',
    subject: `order-${number}`,
    data,
  })
  await broker.publish('orders', event, { key: 'table-4' })
}
await finished
console.log(`${count} orders, in order`)
