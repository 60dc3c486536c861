import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createEvent } from '../../adapters/index.ts'
import { freePorts, type LocalServer, startServer } from '../../dev/index.ts'
import { describeWith } from '../dev/available.ts'
import { kinesisEvent } from '../platform/index.ts'
import { waybill } from './command-line.ts'
import { folder } from './folder.ts'

const made = folder({
  'note.mjs': 'export const handler = () => { globalThis.liveNotes = (globalThis.liveNotes ?? 0) + 1 }',
  'event.json': JSON.stringify(
    kinesisEvent([createEvent({ type: 't', source: '/test' })], { stream: 'numbers' }),
  ),
  'lines.jsonl': `${JSON.stringify(createEvent({ type: 't', source: '/test' }))}\n`,
})
const aws = { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local', AWS_REGION: 'us-east-1' }
beforeAll(() => void Object.assign(process.env, aws))
afterAll(() => {
  for (const name of Object.keys(aws)) delete process.env[name]
  made.remove()
})

function configWith(store: object): string {
  const file = join(made.path, 'waybill.config.json')
  const note = { handler: './note.mjs', source: { topic: 'numbers' }, idempotency: { store } }
  writeFileSync(file, JSON.stringify({ brokers: { main: 'memory://' }, functions: { note } }))
  return file
}

await describeWith('dynamodb', 'a store of handled events whose table is missing', () => {
  let server: LocalServer | undefined
  beforeAll(async () => {
    server = await startServer('dynamodb')
  })
  afterAll(() => server?.stop())

  const commands: readonly (readonly [string, (config: string) => readonly string[]])[] = [
    ['check --live', (config) => ['check', '--live', '-c', config]],
    ['run', (config) => ['run', '-c', config, '--emit', `numbers=${join(made.path, 'lines.jsonl')}`]],
    [
      'invoke',
      (config) => [
        'invoke',
        'note',
        '-c',
        config,
        '--host',
        'lambda-kinesis',
        '--event',
        join(made.path, 'event.json'),
      ],
    ],
  ]
  test.each(commands)('is told by waybill %s before an event is taken', async (_, words) => {
    const config = configWith({ table: 'missing', endpoint: `http://${server?.address}` })
    const { code, stdout, stderr } = await waybill(...words(config))
    expect(stderr).toMatch(
      /^\[idempotency\] function "note": table "missing" \(.*\): create it, with the partition key "id" of type S$/m,
    )
    expect(code).toBe(1)
    expect(stdout).not.toContain('handled')
    expect(Reflect.get(globalThis, 'liveNotes')).toBeUndefined()
  })
})

test('waybill check --live names every broker and store that cannot be used; without it none is asked', async () => {
  const [port] = await freePorts(1)
  const config = configWith({ table: 'handled', endpoint: `http://127.0.0.1:${port}` })
  expect(await waybill('check', '-c', config)).toMatchObject({ code: 0 })
  const { code, stderr } = await waybill('check', '--live', '-c', config)
  expect([code, stderr]).toEqual([
    1,
    expect.stringMatching(/function "note": table "handled" \(.*ECONNREFUSED/),
  ])
})

test('waybill check --live prints the plan where all can be used', async () => {
  const { code, stdout } = await waybill('check', '--live', '-c', configWith({ bucket: 'notes' }))
  expect([code, stdout]).toEqual([0, expect.stringContaining('1 function, 1 broker')])
})
