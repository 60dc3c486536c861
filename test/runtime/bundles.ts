import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

const root = resolve(import.meta.dirname, '../..')

/** A handler that does what the data of its event say, and prints what it is given. */
const handler = `
import { setTimeout as delay } from 'node:timers/promises'
process.on('SIGTERM', () => { console.log('heard SIGTERM'); process.exit(0) })
export const handler = async ({ id, data }: { id: string; data?: unknown }) => {
  const { fails, takesMs = 0, blocksMs = 0 } = (data ?? {}) as { fails?: boolean; takesMs?: number; blocksMs?: number }
  console.log('handling ' + id)
  for (const end = Date.now() + blocksMs; Date.now() < end; );
  await delay(takesMs)
  if (fails) throw new Error('poison ' + id)
}
`

const config = `
export default {
  brokers: { main: 'kinesis://us-east-1', kafka: 'kafka://localhost:9092' },
  functions: {
    stream: { handler: './handler.ts', source: { broker: 'main', topic: 'orders' } },
    partitions: { handler: './handler.ts', source: { broker: 'kafka', topic: 'orders' } },
  },
}
`

/** Functions as `waybill build` bundles them. */
export interface Bundles extends Disposable {
  /** Folders of the bundles. */
  readonly kinesis: string
  readonly kafka: string
}

export async function buildFunctions(): Promise<Bundles> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-runtime-'))
  mkdirSync(join(folder, 'node_modules'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(folder, 'handler.ts'), handler)
  writeFileSync(join(folder, 'waybill.config.ts'), config)
  const build = (host: string, name: string) =>
    promisify(execFile)(
      process.execPath,
      ['--import', import.meta.resolve('tsx'), join(root, 'cli/main.ts'), 'build', name, '--host', host],
      { cwd: folder, env: { ...process.env, NODE_OPTIONS: '' } },
    )
  await build('lambda-kinesis', 'stream')
  await build('lambda-kafka', 'partitions')
  return {
    kinesis: join(folder, 'dist-functions/lambda-kinesis/stream'),
    kafka: join(folder, 'dist-functions/lambda-kafka/partitions'),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}
