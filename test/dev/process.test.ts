import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'

const folder = mkdtempSync(join(tmpdir(), 'waybill-process-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Starts a program that does not hear SIGTERM, ends it, and tells so; nothing else keeps the process that does this. */
const script = `
  import { readFileSync } from 'node:fs'
  import { setTimeout as pause } from 'node:timers/promises'
  import { startProcess } from ${JSON.stringify(new URL('../../dev/process.ts', import.meta.url).href)}
  const logFile = ${JSON.stringify(join(folder, 'log'))}
  const deaf = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('up')"
  const command = { program: process.execPath, words: ['-e', deaf] }
  const running = startProcess(command, { folder: ${JSON.stringify(join(folder, 'data'))}, logFile, detached: false })
  while (!readFileSync(logFile, 'utf8').includes('up')) await pause(10)
  await running.end('SIGTERM')
  console.log('ended')`

describe('a program that is asked to end', () => {
  it('is killed when it does not, and waited for', async () => {
    const { NODE_OPTIONS: _, ...env } = process.env
    const words = ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', script]
    const said = await new Promise((done) => {
      execFile(process.execPath, words, { env, timeout: 60_000 }, (error, out) =>
        done({ code: error?.code ?? 0, out }),
      )
    })
    expect(said).toEqual({ code: 0, out: 'ended\n' })
  }, 70_000)
})
