import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import * as z from 'zod'
import { cacheFolder, isRunning, recipes } from '../../dev/index.ts'
import { describeWith } from '../dev/available.ts'
import { eventually } from '../eventually.ts'
import { type Started, start } from './command-line.ts'

/** Nothing in the environment names a server. */
const unnamed = Object.fromEntries(
  Object.values(recipes).flatMap(({ variable, vendorVariable = variable }) => [
    [variable, ''],
    [vendorVariable, ''],
  ]),
)

/** Commands with a cache of their own, in which what was fetched before is found. */
async function withCommands(
  run: (
    waybill: (...words: string[]) => Promise<unknown>,
    cache: string,
    begin: (...words: string[]) => Started,
  ) => Promise<void>,
  { hasOwnTemp = false } = {},
) {
  const home = await mkdtemp(join(tmpdir(), 'waybill-brokers-'))
  const env = { ...unnamed, XDG_CACHE_HOME: home, ...(hasOwnTemp ? { TMPDIR: home } : {}) }
  await mkdir(join(home, 'waybill'))
  await symlink(join(cacheFolder(), 'nats-2.15.1'), join(home, 'waybill', 'nats-2.15.1'))
  const begin = (...words: string[]) => start(['brokers', ...words], { cwd: home, env })
  const waybill = (...words: string[]) => begin(...words).finished
  try {
    await run(waybill, join(home, 'waybill'), begin)
  } finally {
    await waybill('down')
    await rm(home, { recursive: true, force: true })
  }
}

await describeWith('nats', 'waybill brokers', () => {
  it(
    'starts a server, tells of it, and stops it',
    () =>
      withCommands(async (waybill, cache) => {
        const up = await waybill('up', 'nats')
        expect(up).toMatchObject({
          code: 0,
          stdout: expect.stringMatching(/^nats \d+\.\d+\.\d+ {2}nats:\/\/127\.0\.0\.1:\d+ {2}jetstream:/),
        })
        const [server] = JSON.parse(await readFile(join(cache, 'brokers.json'), 'utf8'))
        expect(isRunning(server.pid)).toBe(true)
        expect(await waybill('env')).toMatchObject({
          code: 0,
          stdout: `export WAYBILL_NATS=${server.address}\n`,
        })
        expect(await waybill('env', '--json')).toMatchObject({
          stdout: `{"WAYBILL_NATS":"${server.address}"}\n`,
        })
        expect(await waybill('up', 'nats')).toMatchObject({
          stdout: expect.stringContaining('(was running)'),
        })
        expect(await waybill('status')).toMatchObject({
          stdout: expect.stringContaining(`pid ${server.pid}`),
        })
        expect(await waybill('down')).toMatchObject({ code: 0, stdout: 'nats stopped\n' })
        expect(isRunning(server.pid)).toBe(false)
        expect(await waybill('down')).toMatchObject({ code: 0, stdout: 'nothing was running\n' })
      }),
    60_000,
  )

  it(
    'forgets a server that was killed, and does not touch who has its number now',
    () =>
      withCommands(async (waybill, cache) => {
        const file = join(cache, 'brokers.json')
        await waybill('up', 'nats')
        const [server] = JSON.parse(await readFile(file, 'utf8'))
        await writeFile(file, JSON.stringify([{ ...server, pid: process.pid, start: '1' }]))
        expect(await waybill('status')).toMatchObject({ stdout: 'nothing is running: waybill brokers up\n' })
        expect(await waybill('down')).toMatchObject({ stdout: 'nothing was running\n' })
        process.kill(server.pid, 'SIGKILL')
        await writeFile(file, JSON.stringify([server]))
        const stderr = 'nothing is running: waybill brokers up\n'
        expect(await waybill('env', '--json')).toMatchObject({ code: 0, stdout: '{}\n', stderr })
        expect(await waybill('env')).toMatchObject({ code: 0, stdout: '', stderr })
      }),
    60_000,
  )

  it.each([
    [['up', 'kafak'], '[waybill] there is no broker "kafak" to start: did you mean "kafka"?\n'],
    [['up', '--release', '1.0'], '[waybill] --release goes with one kind: name it\n'],
    [['dwon'], "[waybill] unknown command 'dwon': did you mean down?\n"],
  ])('%j is refused in one line', (words, stderr) =>
    withCommands(async (waybill) => {
      expect(await waybill(...words)).toMatchObject({ code: 2, stdout: '', stderr })
    }),
  )
})

it('waybill brokers says what it fetches, and then what came of it', async () => {
  const home = await mkdtemp(join(tmpdir(), 'waybill-brokers-'))
  try {
    await writeFile(join(home, 'npm'), '#!/bin/sh\necho "no such version"\nexit 1\n', { mode: 0o755 })
    const env = { ...unnamed, XDG_CACHE_HOME: home, PATH: home }
    const up = start(['brokers', 'up', 'dynamodb', '--release', '0.0.1'], { cwd: home, env })
    const { code, stdout, stderr } = await up.finished
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(
      /^fetching dynalite 0\.0\.1 by npm …\n\[.*npm install failed \(1\): no such version.*\n$/,
    )
  } finally {
    await rm(home, { recursive: true, force: true })
  }
})

/** The command lines of all processes. */
function argumentsOfAll(): string {
  return execFileSync('ps', ['-axww', '-o', 'args'], { encoding: 'utf8' })
}

await describeWith('kinesalite', 'waybill brokers', () => {
  const kinds = ['dynamodb', 'kinesalite', 'nats']

  it(
    'that is interrupted while servers start leaves those running that it told of, and none else',
    () =>
      withCommands(
        async (waybill, cache, begin) => {
          const up = begin('up', 'nats', 'kinesalite')
          await up.says('nats ')
          up.process.kill('SIGINT')
          const { stdout } = await up.finished
          const told = kinds.filter((kind) => stdout.includes(`${kind} `))
          const runs = (kind: string) => argumentsOfAll().includes(join(cache, '..', `waybill-${kind}-`))
          const running = () => kinds.filter(runs)
          await eventually('none else to run', () => running().join() === told.join(), 10_000)
          expect(await waybill('down')).toMatchObject({ stdout: expect.stringContaining('nats stopped') })
          expect(running()).toEqual([])
        },
        { hasOwnTemp: true },
      ),
    60_000,
  )

  it(
    'starts the server of leases with that of streams, and tells AWS clients of both',
    () =>
      withCommands(async (waybill, cache) => {
        expect(await waybill('up', 'kinesalite')).toMatchObject({ code: 0 })
        const servers: readonly { kind: string; address: string }[] = JSON.parse(
          await readFile(join(cache, 'brokers.json'), 'utf8'),
        )
        const addressOf = (wanted: string) => servers.find(({ kind }) => kind === wanted)?.address
        const { stdout } = z.object({ stdout: z.string() }).parse(await waybill('env', '--json'))
        expect(JSON.parse(stdout)).toEqual({
          WAYBILL_KINESALITE: addressOf('kinesalite'),
          WAYBILL_DYNAMODB: addressOf('dynamodb'),
          AWS_ENDPOINT_URL_KINESIS: `http://${addressOf('kinesalite')}`,
          AWS_ENDPOINT_URL_DYNAMODB: `http://${addressOf('dynamodb')}`,
          AWS_REGION: 'us-east-1',
          AWS_ACCESS_KEY_ID: 'local',
          AWS_SECRET_ACCESS_KEY: 'local',
        })
        expect(await waybill('status')).toMatchObject({
          stdout: expect.stringMatching(/^dynamodb 4\.\d+\.\d+ {2}127\.0\.0\.1:\d+ {2}pid \d+/m),
        })
        expect(await waybill('down', 'kinesalite')).toMatchObject({ stdout: 'kinesalite stopped\n' })
        expect(await waybill('down')).toMatchObject({ stdout: 'dynamodb stopped\n' })
      }),
    60_000,
  )
})
