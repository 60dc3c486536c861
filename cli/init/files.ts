/** What the project is named, and which version of the library it begins with. */
export interface ProjectFacts {
  readonly name: string
  readonly version: string
}

/** The files of a new project, by their paths. */
export function projectFiles(facts: ProjectFacts): Readonly<Record<string, string>> {
  return {
    'package.json': manifest(facts),
    'waybill.config.ts': config,
    'functions/total.ts': handler,
    'test/total.test.ts': test,
    'orders.jsonl': orders,
    'tsconfig.json': tsconfig,
    '.gitignore': 'node_modules/\ndist-functions/\ncdk.out/\ncdktf.out/\n',
    'README.md': readme(facts),
  }
}

function manifest({ name, version }: ProjectFacts): string {
  const content = {
    name,
    version: '0.1.0',
    private: true,
    type: 'module',
    engines: { node: '>=20.19' },
    scripts: {
      start: 'waybill run --emit orders=orders.jsonl',
      test: 'tsx --test test/*.test.ts',
      check: 'tsc && waybill check',
    },
    dependencies: { waybill: `^${version}` },
    devDependencies: { '@types/node': '^22.0.0', tsx: '^4.20.0', typescript: '^5.9.0 || ^6.0.0 || ^7.0.0' },
  }
  return `${JSON.stringify(content, undefined, 2)}\n`
}

const config = `import { defineConfig } from 'waybill/config'

export default defineConfig({
  // Another broker is another URL: kafka://localhost:9092, jetstream://localhost:4222 …
  brokers: { main: 'memory://' },
  functions: {
    total: {
      handler: './functions/total.ts',
      source: { topic: 'orders' },
      sink: 'totals',
      policy: { maxAttempts: 3 },
    },
  },
})
`

const handler = `import { type CloudEvent, derive, TerminalError } from 'waybill'

export interface Order {
  readonly lines: readonly { readonly item: string; readonly euros: number }[]
}

/** What it returns is published to the sink. What it throws is retried; a TerminalError is dead-lettered at once. */
export function handler(event: CloudEvent<Order>): CloudEvent {
  const { lines } = event.data ?? {}
  if (lines === undefined) throw new TerminalError(\`order \${event.id} has no lines\`)
  const total = lines.reduce((sum, { euros }) => sum + euros, 0)
  return derive(event, { id: \`\${event.id}/total\`, time: event.time, data: { total } })
}
`

const test = `import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEvent, memory } from 'waybill'
import { handler } from '../functions/total.ts'

const order = createEvent({
  type: 'order.placed',
  source: '/shop',
  id: 'A-1',
  data: { lines: [{ item: 'coffee', euros: 4 }, { item: 'cake', euros: 5 }] },
})

test('adds up the lines of an order', () => {
  assert.deepEqual(handler(order).data, { total: 9 })
})

test('publishes the total of what it reads', async () => {
  await using broker = memory()
  const totals = new Promise((resolve) => {
    broker.subscribe({ topic: 'totals', group: 'test' }, ({ id, data }) => resolve({ id, data }))
  })
  broker.subscribe({ topic: 'orders', group: 'total' }, handler, { sink: { broker, topic: 'totals' } })
  await broker.publish('orders', order)
  assert.deepEqual(await totals, { id: 'A-1/total', data: { total: 9 } })
})
`

const orders = [
  {
    id: 'A-1',
    data: {
      lines: [
        { item: 'coffee', euros: 4 },
        { item: 'cake', euros: 5 },
      ],
    },
  },
  { id: 'A-2', data: { lines: [{ item: 'tea', euros: 3 }] } },
  { id: 'A-3', data: { lines: [] } },
]
  .map(({ id, data }) => ({ specversion: '1.0', type: 'order.placed', source: '/shop', id, data }))
  .map((event) => `${JSON.stringify(event)}\n`)
  .join('')

const tsconfig = `${JSON.stringify(
  {
    compilerOptions: {
      module: 'nodenext',
      target: 'es2023',
      lib: ['es2023', 'esnext.disposable'],
      types: ['node'],
      strict: true,
      noEmit: true,
      verbatimModuleSyntax: true,
      erasableSyntaxOnly: true,
      allowImportingTsExtensions: true,
      skipLibCheck: true,
    },
    include: ['waybill.config.ts', 'functions', 'test'],
  },
  undefined,
  2,
)}\n`

function readme({ name }: ProjectFacts): string {
  return `# ${name}

\`\`\`sh
npm install
npm start        # runs the functions, fed with orders.jsonl; ctrl-c stops
npm test
npm run check    # types, configuration, handlers
\`\`\`

[waybill.config.ts](waybill.config.ts) says what runs, what it reads and where its results go; [functions/total.ts](functions/total.ts) is the
handler. On a real broker: \`npm install nats\`, \`npx waybill brokers up nats\`, then
\`npm start -- --ensure --broker <the jetstream:// URL that it told>\`; \`--ensure\` creates the topics.

A bundle for a platform: \`npm install --save-dev esbuild\`, then \`npx waybill build --host worker\` (or \`lambda-kinesis\`, \`lambda-kafka\`, \`http\`).
`
}
