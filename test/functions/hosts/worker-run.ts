/** A process that runs a worker, for tests: what it is told by its arguments happens. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type Broker, createEvent, memory, WaybillError } from '../../../adapters/index.ts'
import { runWorker } from '../../../functions/hosts/worker/run.ts'

const [mode] = process.argv.slice(2)
const broker = memory()
const failing = mode === 'fails' ? new Error('the broker is gone') : undefined
const print = (line: string) => void process.stdout.write(`${line}\n`)
const say = (fields: object, message: string) => print(JSON.stringify({ message, ...fields }))

const handler = Object.assign(
  async () => {
    print('begun')
    await new Promise((resolve) => setTimeout(resolve, mode === 'slow' ? 60_000 : 300))
    print('handled')
  },
  { [Symbol.asyncDispose]: async () => print('disposed') },
)

await broker.publish('orders', createEvent({ type: 't', source: '/test' }))
const broken: Broker = {
  ...broker,
  subscribe() {
    const done = Promise.reject(failing)
    return { done, close: () => done, [Symbol.asyncDispose]: () => done }
  },
}
const source = { topic: 'orders', group: 'g' }
const read = { name: 'reading', broker, source, handler }
const closing = { ...broker, close: () => broker.close().finally(() => print('closed')) }
const refused = { name: 'refused', broker: closing, source, handler, policy: { concurrency: 0 } }
const unchecked = Object.assign(async () => {}, {
  check: () => Promise.reject(new WaybillError('ERR_NOT_FOUND', 'no table: create it', { adapter: 'test' })),
})
const whole = { name: 'whole', broker: closing, source, handler }
const functions = {
  refused: [refused],
  unchecked: [{ ...whole, middleware: [unchecked] }],
  port: [whole],
  fails: [read, { name: 'broken', broker: broken, source, handler }],
}[mode ?? ''] ?? [read]
// Another has the port.
const taken = mode === 'port' ? createServer().listen(0) : undefined
if (taken !== undefined) await once(taken.unref(), 'listening')
const address = taken?.address()
await runWorker({
  functions,
  logger: { debug: () => {}, info: say, warn: say, error: say },
  port: typeof address === 'object' && address !== null ? address.port : 0,
})
