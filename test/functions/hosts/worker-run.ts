/** A process that runs a worker, for tests: what it is told by its arguments happens. */
import { type Broker, createEvent, memory } from '../../../adapters/index.ts'
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
await runWorker({
  functions:
    mode === 'refused'
      ? [refused]
      : failing === undefined
        ? [read]
        : [read, { name: 'broken', broker: broken, source, handler }],
  logger: { debug: () => {}, info: say, warn: say, error: say },
  port: 0,
})
