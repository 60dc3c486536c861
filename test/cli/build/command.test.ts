import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { createEvent } from '../../../adapters/index.ts'
import { loadEsbuild } from '../../../cli/build/bundle.ts'
import { kinesisEvent } from '../../platform/index.ts'
import { waybill } from '../command-line.ts'
import { folder } from '../folder.ts'
import { bundleIn, doubling, freePort, invokeBundle, receiver, startBundle } from './project.ts'

const made = folder({
  'handler.mjs': 'export const handler = () => {}',
  'waybill.config.json': JSON.stringify({
    brokers: { stream: 'kinesis://eu-central-1', cluster: 'kafka://localhost:9092' },
    functions: {
      silent: { handler: './handler.mjs', source: { broker: 'stream', topic: 'numbers' } },
      noting: { handler: './handler.mjs', source: { broker: 'cluster', topic: 'numbers' } },
    },
  }),
})
afterAll(() => made.remove())

function build(...words: readonly string[]) {
  const config = join(made.path, 'waybill.config.json')
  return waybill('build', '--config', config, '--out', join(made.path, 'out'), ...words)
}

const number = (subject: string, id = 'A-1') =>
  createEvent({ type: 'number', source: '/test', id, subject, data: 21 })

describe('waybill build', () => {
  test('takes the URL that it is given for the one of the file, also of YAML, and dead letters that are named', async () => {
    const project = folder({
      'double.mjs': doubling,
      'waybill.config.yaml': `
brokers: { main: 'memory://' }
functions:
  total: { handler: ./double.mjs, source: { topic: numbers }, policy: { deadLetter: never } }
`,
    })
    const hook = await receiver()
    const words = ['--config', join(project.path, 'waybill.config.yaml'), '--out', join(project.path, 'out')]
    const { code, stderr } = await waybill(
      'build',
      '--host',
      'http',
      '--broker',
      `main=${hook.url}`,
      ...words,
    )
    expect([code, stderr]).toEqual([0, ''])
    const port = await freePort()
    const { child, ended, said } = startBundle(bundleIn(join(project.path, 'out'), 'http', 'total'), {
      PORT: port,
    })
    const post = (subject: string) =>
      fetch(`http://127.0.0.1:${port}`, {
        method: 'POST',
        headers: { 'content-type': 'application/cloudevents+json' },
        body: JSON.stringify(number(subject, subject)),
      }).then(
        ({ status }) => status,
        () => 0,
      )
    let status = 0
    for (const end = Date.now() + 10_000; status === 0 && Date.now() < end; ) status = await post('silent')
    expect([status, said()]).toEqual([204, ''])
    expect(await post('terminal')).toBe(204)
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
    await hook.close()
    project.remove()
    expect(hook.posted.map(({ id }) => id)).toEqual(['terminal'])
  })

  test('refuses a source that the platform does not bring', async () => {
    const { code, stderr, stdout } = await build('--host', 'lambda-kafka', 'noting', 'silent')
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toBe(
      '[waybill] functions.silent: its source is stream (kinesis://eu-central-1), and lambda-kafka brings events of kafka:// only: ' +
        'choose another host, or name the functions to build\n',
    )
  })

  test('tells how a source in memory gets its URL', async () => {
    const { stderr } = await build('--host', 'lambda-kafka', 'silent', '--broker', 'stream=memory://')
    expect(stderr).toBe(
      '[waybill] functions.silent: its source is stream (memory://), and lambda-kafka brings events of kafka:// only: ' +
        'give its URL there with --broker stream=kafka://…, choose another host, or name the functions to build\n',
    )
  })

  test.each([
    [
      ['--host', 'lamda'],
      /argument 'lamda' is invalid: allowed choices are lambda-kinesis, lambda-kafka, http, worker$/m,
    ],
    [[], /required option '--host <host>' not specified/],
  ])('with %j is written wrongly', async (words, message) => {
    const { code, stderr } = await build(...words)
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
  })

  test('names everything that cannot be bundled', async () => {
    const source = { topic: 'numbers' }
    const project = folder({
      'imports.mjs': "import 'not-installed/deep'\nexport const handler = () => {}",
      'broken.mjs': 'export const handler = =>',
      'plain.mjs': 'export const handler = () => {}',
      'neither.mjs': 'export default () => {}',
      'waybill.config.json': JSON.stringify({
        brokers: { main: 'kinesis://eu-central-1' },
        functions: {
          imports: { handler: './imports.mjs', source },
          broken: { handler: './broken.mjs', source },
          plain: { handler: './plain.mjs', source, options: {} },
          neither: { handler: './neither.mjs', source },
          missing: { handler: './missing.mjs', source },
        },
      }),
    })
    const place = project.path
    const { code, stderr } = await waybill(
      'build',
      '--host',
      'lambda-kinesis',
      '--config',
      join(place, 'waybill.config.json'),
      '--out',
      join(place, 'out'),
    )
    project.remove()
    expect(code).toBe(2)
    expect(stderr.split('\n')).toEqual([
      '[waybill] not everything could be built:',
      `  functions.imports: Could not resolve "not-installed/deep" (${place}/imports.mjs:1): run npm install not-installed, or leave it out with --external not-installed`,
      `  functions.broken: Unexpected "=>" (${place}/broken.mjs:1): correct it`,
      '  functions.plain: ./plain.mjs exports "handler", which takes no options: export createHandler(options), or remove "options"',
      '  functions.neither: ./neither.mjs exports no function "handler" or "createHandler", but "default": export one of the two',
      `  functions.missing: no file ${place}/missing.mjs: correct the path, it is relative to the configuration`,
      '',
    ])
    expect(existsSync(join(place, 'out', 'lambda-kinesis', 'manifest.json'))).toBe(false)
  })

  test('leaves out what another package may import and nobody installed, until it is used', async () => {
    const project = folder({
      'node_modules/database/package.json':
        '{ "name": "database", "type": "module", "exports": "./index.js" }',
      'node_modules/database/index.js':
        'export const open = (kind) => kind === "file" ? "file" : import("./driver.js")',
      'node_modules/database/driver.js':
        "import { Client } from '@driver/client'\nexport const client = new Client()",
      'handler.mjs': `
        import { open } from 'database'
        export const handler = async ({ subject }) => {
          if (subject === 'file') console.log(await open('file'))
          else await open('driver').catch(({ code, message }) => console.log(code, message))
        }`,
      'waybill.config.json': JSON.stringify({
        brokers: { main: 'kinesis://eu-central-1' },
        functions: { kept: { handler: './handler.mjs', source: { topic: 'numbers' } } },
      }),
    })
    const target = join(project.path, 'out')
    const words = [
      '--host',
      'lambda-kinesis',
      '--config',
      join(project.path, 'waybill.config.json'),
      '--out',
      target,
    ]
    const { code, stdout } = await waybill('build', ...words)
    const { stdout: printed } = await invokeBundle(bundleIn(target, 'lambda-kinesis', 'kept'), [
      kinesisEvent([number('file'), number('driver')]),
    ])
    project.remove()
    expect([code, stdout]).toEqual([0, expect.stringMatching(/, without @driver\/client: not installed\n/)])
    expect(printed).toBe("file\nMODULE_NOT_FOUND Cannot find package '@driver/client'\n")
  })

  test('says what to install where there is no esbuild', async () => {
    const load = () => Promise.reject(new Error("Cannot find package 'esbuild'\nand more"))
    await expect(loadEsbuild(load)).rejects.toMatchObject({
      code: 'ERR_MISSING_CLIENT',
      message:
        "[waybill] waybill build needs esbuild, which cannot be loaded (Cannot find package 'esbuild'): run npm install --save-dev esbuild",
    })
  })
})
