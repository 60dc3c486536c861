/** Wraps every attempt of a handler, timing outside and deduplication inside: `npx tsx examples/middleware.ts`. */
import { connect, createEvent, type Middleware } from '../adapters/index.ts'
import './shared/one-line-errors.ts'

const timing: Middleware = async (event, { attempt }, next) => {
  const started = performance.now()
  const result = await next()
  console.log(`${event.subject}: attempt ${attempt} took ${(performance.now() - started).toFixed(1)} ms`)
  return result
}

const seen = new Set<string>()
const once: Middleware = async (event, _context, next) => {
  const key = `${event.source} ${event.id}`
  // Not calling `next` skips the handler and acknowledges.
  if (seen.has(key)) return console.log(`${event.subject}: seen before, skipped`)
  const result = await next()
  seen.add(key)
  return result
}

await using broker = await connect('memory://')
let finish = () => {}
const finished = new Promise<void>((resolve) => {
  finish = resolve
})
const handler = () => console.log('the kettle boils')
const last: Middleware = async (event, _context, next) => {
  await next()
  if (event.subject === 'order-2') finish()
}
broker.subscribe({ topic: 'orders', group: 'kitchen' }, handler, { middleware: [last, timing, once] })

const order = { type: 'com.example.order.placed', source: '/shop' }
const first = createEvent({ ...order, subject: 'order-1' })
await broker.publish('orders', [first, first, createEvent({ ...order, subject: 'order-2' })], {
  key: 'table-4',
})
await finished
