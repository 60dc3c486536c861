import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from '@jest/globals'
import example from '../../waybill.config.ts'
import { folder } from '../cli/folder.ts'

const root = resolve(import.meta.dirname, '../..')
const run = promisify(execFile)

/** Refuses every connection to another place, as a computer without a network does. */
const offline = `
import net from 'node:net'
const connect = net.Socket.prototype.connect
net.Socket.prototype.connect = function (...given) {
  const [first] = Array.isArray(given[0]) ? given[0] : given
  if (typeof first === 'object' && first !== null && typeof first.path === 'string') return connect.apply(this, given)
  if (typeof first === 'string' && Number.isNaN(Number(first))) return connect.apply(this, given)
  process.nextTick(() => this.destroy(Object.assign(new Error('there is no network'), { code: 'ENETUNREACH' })))
  return this
}
`

const made = folder({ 'offline.mjs': offline, 'home/.keep': '' })
afterAll(() => made.remove())

/** Runs a program of Node where there is neither network nor credentials. Resolves with the seconds of processor that it took. */
async function secondsOf(words: readonly string[]): Promise<number> {
  const { PATH = '' } = process.env
  const { stdout } = await run('sh', ['-c', '"$@" >&2 && times', 'sh', process.execPath, ...words], {
    cwd: root,
    env: {
      PATH,
      HOME: join(made.path, 'home'),
      NODE_OPTIONS: `--import=${pathToFileURL(join(made.path, 'offline.mjs'))}`,
      CDK_DISABLE_CLI_TELEMETRY: 'true',
    },
  })
  const [, children = ''] = stdout.trim().split('\n')
  return [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + 60 * Number(minutes) + Number(seconds),
    0,
  )
}

describe('a fresh clone, without network and credentials', () => {
  it('has the stacks of every platform in less than a minute', async () => {
    const config = join(made.path, 'waybill.config.json')
    const functions = Object.fromEntries(
      Object.entries(example.functions ?? {}).map(([name, fn]) => [
        name,
        { ...fn, handler: join(root, fn.handler) },
      ]),
    )
    const infra = { pubsub: { project: 'my-project', region: 'europe-west1' } }
    writeFileSync(config, JSON.stringify({ ...example, functions, infra }))
    const [aws, google, bundles] = ['cdk.out', 'cdktf.out', 'bundles'].map((name) => join(made.path, name))
    const seconds = [
      await secondsOf(['node_modules/aws-cdk/bin/cdk', 'synth', '--quiet', '--output', aws ?? '']),
      await secondsOf([
        ...['node_modules/tsx/dist/cli.mjs', 'cli/main.ts', 'synth', 'pubsub', '--config', config],
        ...['--out', google ?? '', '--bundles', bundles ?? ''],
      ]),
    ]
    const templates = readdirSync(aws ?? '').filter((name) => name.endsWith('.template.json'))
    expect(templates).toEqual(
      ['kafka-data', 'kafka', 'kinesis-data', 'kinesis', 'nats-data', 'nats'].map(
        (name) => `waybill-dev-${name}.template.json`,
      ),
    )
    for (const name of ['waybill-dev-pubsub-data', 'waybill-dev-pubsub'])
      expect(readFileSync(join(google ?? '', name, 'cdk.tf.json'), 'utf8')).toContain('google_pubsub')
    // Of the processor, since others may use this computer too: all of it would run one after the other.
    for (const each of seconds) expect(each).toBeGreaterThan(0)
    expect(seconds.reduce((a, b) => a + b)).toBeLessThan(60)
  }, 600_000)
})
