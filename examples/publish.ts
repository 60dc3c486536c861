/** Publishes three orders and shows where the broker put each: `npx tsx examples/publish.ts [broker URL]`. */
import { connect, createEvent } from '../adapters/index.ts'
import './shared/one-line-errors.ts'

await using broker = await connect(process.argv[2] ?? 'memory://')

const orders = ['coffee', 'tea', 'coffee'].map((item, index) =>
  createEvent({
    type: 'com.example.order.placed',
    source: '/shop',
    subject: `order-${index + 1}`,
    // Events with the same key keep their order.
    partitionkey: item,
    data: { item, cups: index + 1 },
  }),
)

// Resolves when the broker has confirmed every event.
const receipts = await broker.publish('orders', orders)
for (const [index, { lane, position }] of receipts.entries()) {
  console.log(`${orders[index]?.subject}: stored at position ${position} of lane ${lane}`)
}

// What breaks a rule of CloudEvents never leaves: the error names every rule.
try {
  createEvent({ type: '', source: '/shop', 'Customer-Id': 7 })
} catch (error) {
  console.log(error instanceof Error ? error.message : error)
}
