import { afterAll, describe, expect, test } from '@jest/globals'
import { adapters } from '../../../adapters/index.ts'
import { start, waybill } from '../command-line.ts'
import { folder } from '../folder.ts'

const functions = {
  uppercase: {
    handler: './uppercase.ts',
    source: { topic: 'rows', start: { time: '2026-01-31T00:00:00Z' } },
    sink: { broker: 'audit', topic: 'upper' },
    policy: { maxAttempts: 2, maxAgeMs: 3_600_000, timeoutMs: 0, deadLetter: false },
  },
  store: { handler: './store.ts', options: { suffix: '?' }, source: { broker: 'audit', topic: 'upper' } },
}
const made = folder({
  'waybill.config.ts': `export default ${JSON.stringify({
    brokers: { main: 'memory://?redelivery=runner', audit: 'memory://', spare: 'memory://' },
    functions,
  })} satisfies object`,
  'uppercase.ts': 'export const handler = (event: object): object => event',
  'store.ts': `
    import { suffixOf } from './suffix.ts'
    export function createHandler(options: { suffix: string }) {
      console.log('made with', suffixOf(options))
      return Object.assign(() => {}, { [Symbol.asyncDispose]: async () => console.log('disposed') })
    }`,
  'suffix.ts': 'export const suffixOf = ({ suffix }: { suffix: string }): string => suffix',
  'broken/waybill.config.yaml': `
brokers: { main: 'memroy://localhost' }
functions:
  a: { handler: ./missing.ts, source: { topic: t } }
  b: { handler: ./b.mjs, source: { topic: t } }
  c: { handler: ./c.mjs, source: { topic: t } }
`,
  'broken/b.mjs': 'export const run = () => {}',
  'broken/c.mjs': 'export const handler = () => {}',
})
afterAll(() => made.remove())

const config = `${made.path}/waybill.config.ts`

const known = adapters.flatMap(({ schemes }) => schemes.map((scheme) => `${scheme}://`)).join(', ')

describe('waybill check', () => {
  test('prints the plan, and nothing else to standard output: the build by plain Node, with handlers in TypeScript', async () => {
    const { code, stdout, stderr } = await start(['check'], { cwd: made.path, built: true }).finished
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'made with ?\ndisposed\n' })
    expect(stdout).toBe(`✓ waybill.config.ts: 2 functions, 3 brokers

main  memory://?redelivery=…
  delivery     at least once, retried in place
  order        kept within a lane
  replay       from earliest, latest, time, position

audit  memory://
  delivery     at least once, redelivered by the broker
  order        kept within a lane
  replay       from earliest, latest, time, position

spare  memory://
  delivery     at least once, redelivered by the broker
  order        kept within a lane
  replay       from earliest, latest, time, position

uppercase
  handler      ./uppercase.ts
  source       rows on main, as group uppercase, from 2026-01-31T00:00:00.000Z
  sink         upper on audit
  policy       2 attempts, 200 ms × 2 up to 30 s apart; no time limit; none after 1 h; 16 at once; 10 s to drain
  dead letter  none: given up and logged

store
  handler      ./store.ts
  source       upper on audit, as group store, from earliest
  sink         none
  policy       5 attempts, 200 ms × 2 up to 30 s apart; 30 s each; 16 at once; 10 s to drain
  dead letter  dlq.store on audit
`)
  })

  test('prints the plan as JSON, in which no limit is null', async () => {
    const { code, stdout } = await waybill('check', '--json', '-c', config)
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      file: `${made.path}/waybill.config.ts`,
      brokers: [
        { name: 'main', capabilities: { redelivery: 'runner' } },
        { name: 'audit' },
        { name: 'spare' },
      ],
      functions: [
        {
          name: 'uppercase',
          handler: './uppercase.ts',
          source: { broker: 'main', topic: 'rows', group: 'uppercase', start: { time: 1769817600000 } },
          sink: { broker: 'audit', topic: 'upper' },
          policy: { maxAttempts: 2, deadLetter: false },
        },
        { name: 'store', policy: { maxAgeMs: null, deadLetter: 'dlq.store' } },
      ],
    })
  })

  test('takes URLs from the environment', async () => {
    process.env.WAYBILL_BROKER_SPARE = 'memory://?capacity=5'
    try {
      expect((await waybill('check', '-c', config)).stdout).toContain('spare  memory://?capacity=…')
    } finally {
      delete process.env.WAYBILL_BROKER_SPARE
    }
  })

  test('names everything that cannot be opened', async () => {
    const cwd = `${made.path}/broken`
    const { code, stdout, stderr } = await waybill('check', '-c', `${cwd}/waybill.config.yaml`)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toBe(`[waybill] not everything could be opened:
  functions.a.handler: no file ${cwd}/missing.ts: correct the path, it is relative to the configuration
  functions.b.handler: ./b.mjs exports no function "handler" or "createHandler", but "run": export one of the two
  brokers.main: unknown scheme "memroy://" in memroy://localhost: did you mean "memory://"? Known: ${known}
`)
  })

  test('shows where an error comes from when it is asked to', async () => {
    const words = ['check', '-c', '/nothing.ts']
    const { code, stderr } = await waybill(...words)
    expect(code).toBe(2)
    expect(stderr).toMatch(
      /^\[waybill\] no configuration file \/nothing\.ts in .*: correct the path given with --config\n$/,
    )
    expect((await waybill(...words, '--verbose')).stderr).toMatch(/\n {4}at loadConfig/)
    process.env.DEBUG = 'other,waybill'
    try {
      expect((await waybill(...words)).stderr).toMatch(/\n {4}at loadConfig/)
    } finally {
      delete process.env.DEBUG
    }
  })
})

describe('waybill check of a webhook', () => {
  const hook = folder({
    'waybill.config.yaml': `
brokers: { main: 'memory://', hook: { url: 'http://hook.example/events', tokenEnv: HOOK_TOKEN } }
functions: { f: { handler: ./f.mjs, source: { broker: main, topic: t }, sink: { broker: hook, topic: o } } }
`,
    'read.yaml': `
brokers: { hook: 'https://hook.example/events' }
functions: { f: { handler: ./f.mjs, source: { topic: t } } }
`,
    'f.mjs': 'export const handler = (event) => event',
  })
  afterAll(() => hook.remove())

  test('says that it is a sink, and warns of a token that would travel unencrypted', async () => {
    const { code, stdout, stderr } = await start(['check'], {
      cwd: hook.path,
      env: { HOOK_TOKEN: 'secret-token' },
    }).finished
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: '[http] credentials travel unencrypted: use https://\n',
    })
    expect(stdout).toContain(
      'hook  http://hook.example/events\n  use          as a sink only: no function can read from it\n',
    )
  })

  test('refuses it as a source', async () => {
    const { code, stdout, stderr } = await start(['check', '--config', 'read.yaml'], { cwd: hook.path })
      .finished
    expect({ code, stdout, stderr }).toEqual({
      code: 2,
      stdout: '',
      stderr:
        '[waybill] functions.f.source.broker: "hook" is a sink (http), which only emits: read from another broker\n',
    })
  })
})
