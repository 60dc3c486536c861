import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

/** The command from its sources, in the root of the project, where npm starts benches. */
const command = ['--import', import.meta.resolve('tsx'), resolve('cli/main.ts')]
/** Reads the data of an event, and tells the CPU time of its process when it is asked. */
const handler = `
export const handler = async ({ data }) => data.order
process.on('message', () => process.send?.(process.cpuUsage()))
`

export const bundledHosts = ['lambda-kinesis', 'lambda-kafka', 'http'] as const

/** The same small function as `waybill build` bundles it for each host, beside an empty one, in a temporary folder. */
export interface Bundles extends Disposable {
  /** Its modules, by host. */
  readonly files: Readonly<Record<(typeof bundledHosts)[number] | 'empty', string>>
}

export async function buildBundles(): Promise<Bundles> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'))
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
  write('package.json', '{ "type": "module" }')
  write('handler.ts', handler)
  write('empty.mjs', 'export const handler = async () => {}\n')
  write('waybill.config.ts', config)
  await Promise.all(
    bundledHosts.map((host) =>
      promisify(execFile)(process.execPath, [...command, 'build', host, '--host', host], { cwd: folder }),
    ),
  )
  const file = (host: string) => join(folder, 'dist-functions', host, host, 'index.mjs')
  return {
    files: {
      'lambda-kinesis': file('lambda-kinesis'),
      'lambda-kafka': file('lambda-kafka'),
      http: file('http'),
      empty: join(folder, 'empty.mjs'),
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

const config = `
const of = (broker) => ({ handler: './handler.ts', source: { broker, topic: 'orders' } })
export default {
  brokers: { kinesis: 'kinesis://us-east-1', kafka: 'kafka://localhost:9092', pubsub: 'pubsub://test' },
  functions: { 'lambda-kinesis': of('kinesis'), 'lambda-kafka': of('kafka'), http: of('pubsub') },
}
`

export const sizeOf = (file: string): number => statSync(file).size

/** Milliseconds that a new process takes to import a module. */
export async function importMs(file: string): Promise<number> {
  const url = JSON.stringify(pathToFileURL(file).href)
  const program = `const start = performance.now(); await import(${url}); console.log(performance.now() - start); process.exit()`
  const words = ['--input-type=module', '--eval', program]
  const { stdout } = await promisify(execFile)(process.execPath, words)
  return Number(stdout)
}
