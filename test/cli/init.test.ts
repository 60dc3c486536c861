import { execFile, spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, test } from '@jest/globals'
import { root } from '../architecture/tree.ts'
import { eventually } from '../eventually.ts'
import { plainEnvironment } from './build/project.ts'
import { start, waybill } from './command-line.ts'
import { folder } from './folder.ts'

const made = folder({})
afterAll(() => made.remove())

/** npm as a user has it, with nothing of the npm that runs these tests. */
const env = Object.fromEntries(
  Object.entries(plainEnvironment()).filter(
    ([name]) => !/^npm_(?!config_(registry|cache|userconfig)$)/i.test(name),
  ),
)
const npm = (cwd: string, ...words: readonly string[]) =>
  promisify(execFile)('npm', words, { cwd, env: { ...env, NO_COLOR: '1' } })

describe('waybill init', () => {
  test('writes a project that runs and passes its test, from the packed package', async () => {
    const { stdout: packed } = await npm(
      root,
      'pack',
      '--ignore-scripts',
      '--json',
      '--pack-destination',
      made.path,
    )
    const tarball: unknown = JSON.parse(packed)[0].filename
    const { code, stdout, stderr } = await start(['init', 'Shop & Co'], { cwd: made.path, built: true })
      .finished
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/cd Shop & Co && npm install && npm start\n$/)
    const project = join(made.path, 'Shop & Co')
    expect(JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))).toMatchObject({
      name: 'shop-co',
      private: true,
    })

    await npm(project, 'install', '--prefer-offline', '--no-audit', '--no-fund', join('..', String(tarball)))
    const [tested, checked] = await Promise.all([npm(project, 'test'), npm(project, 'run', 'check')])
    expect(tested.stdout).toMatch(/^# pass 2$/m)
    expect(tested.stdout).toMatch(/^# fail 0$/m)
    expect(checked.stdout).toMatch(/waybill\.config\.ts: 1 function, 1 broker/)
    // Declarations of clients that are not installed are no error, however strict the compiler is told to be.
    const strictly = ['--skipLibCheck', 'false', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess']
    expect((await npm(project, 'exec', '--', 'tsc', ...strictly)).stdout).toBe('')

    // Its handler imports the whole library; of the clients that the library can use, none is installed.
    const built = await npm(project, 'exec', '--', 'waybill', 'build', '--host', 'worker')
    expect(built.stdout).toMatch(/✓ dist-functions\/worker\/total\/index\.mjs +[\d,]+ bytes, [\d,]+ gzip\n/)
    const words = ['build', '--host', 'lambda-kafka', '--broker', 'kafka://localhost:9092']
    await expect(npm(project, 'exec', '--', 'waybill', ...words)).rejects.toMatchObject({
      stderr: expect.stringContaining(
        '[waybill] functions.total: the bundle needs kafkajs: run npm install kafkajs\n',
      ),
    })

    // npm passes signals on as it likes, so that they go to all that it started.
    const running = spawn('npm', ['start', '--', '--every', '0.2'], { cwd: project, env, detached: true })
    let said = ''
    running.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    const ended = new Promise((resolve) => running.on('close', resolve))
    await eventually('three orders are handled', () => said.includes('"handled":3'), 30_000)
    process.kill(-Number(running.pid), 'SIGTERM')
    await ended
    expect(said).toMatch(/"state":"closed","received":3,"handled":3,.*"emitted":3/)
  }, 120_000)

  test('overwrites nothing, and writes nothing beside what is there', async () => {
    const project = folder({ 'README.md': 'mine', 'tsconfig.json': '{}' })
    const { code, stdout, stderr } = await waybill('init', project.path)
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toBe(
      `[waybill] ${project.path} has tsconfig.json, README.md already: choose another folder, nothing was written\n`,
    )
    expect(readFileSync(join(project.path, 'README.md'), 'utf8')).toBe('mine')
    expect(existsSync(join(project.path, 'package.json'))).toBe(false)
    project.remove()
  })

  test('leaves other files where they are', async () => {
    const project = folder({ LICENSE: 'mine' })
    expect((await waybill('init', project.path)).code).toBe(0)
    expect(readFileSync(join(project.path, 'LICENSE'), 'utf8')).toBe('mine')
    project.remove()
  })

  test('says in one line why a folder cannot be written', async () => {
    writeFileSync(join(made.path, 'file'), '')
    const { code, stderr } = await waybill('init', join(made.path, 'file', 'project'))
    expect(code).toBe(1)
    expect(stderr).toMatch(/^\[waybill\] .*file\/project cannot be written to: .*\n$/)
  })
})
