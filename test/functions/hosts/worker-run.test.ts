import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from '@jest/globals'
import { eventually } from '../../eventually.ts'

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href

function start(mode: string) {
  const { NODE_OPTIONS: _, ...env } = process.env
  const words = ['--import', tsx, resolve(import.meta.dirname, 'worker-run.ts'), mode]
  const child = spawn(process.execPath, words, { env })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  const ended = new Promise<number | null>((done) => child.on('close', done))
  const says = (text: string) => eventually(`it says ${text}`, () => said.includes(text), 15_000)
  return { child, ended, says, said: () => said }
}

describe('a worker that is a process', () => {
  it('finishes what it has begun at SIGTERM, lets go of everything, and ends with 0', async () => {
    const { child, ended, says, said } = start('calm')
    await says('begun')
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
    expect(said()).toMatch(
      /begun\nhandled\n.*"message":"function ended","function":"reading","state":"closed".*\ndisposed\n$/s,
    )
  })

  it('ends at once with 1 at a second signal', async () => {
    const { child, ended, says, said } = start('slow')
    await says('begun')
    // Two that come at once are one.
    await eventually('it ends', () => !child.kill('SIGTERM') || child.exitCode !== null)
    expect(await ended).toBe(1)
    expect(said()).not.toContain('handled\n')
  })

  it('lets go of everything where a function is refused, and ends', async () => {
    const { ended, said } = start('refused')
    expect(await ended).toBe(1)
    expect(said()).toMatch(/^disposed\nclosed\n.*policy "concurrency" is 0: use a whole number of 1 or more/s)
  })

  it('lets go of everything where its port cannot be had', async () => {
    const { ended, said } = start('port')
    expect(await ended).toBe(1)
    expect(said()).toMatch(/^disposed\nclosed\n.*port \d+ cannot be had/s)
  })

  it('takes no event where what its middleware needs is missing', async () => {
    const { ended, said } = start('unchecked')
    expect(await ended).toBe(1)
    expect(said()).toMatch(/^disposed\nclosed\n.*\[test\] function "whole": no table: create it/s)
  })

  it('drains the others and ends with 1 when a function cannot go on', async () => {
    const { ended, said } = start('fails')
    expect(await ended).toBe(1)
    expect(said()).toMatch(/"message":"function failed","function":"broken".*"reason":"the broker is gone"/)
    expect(said()).toMatch(/"message":"function ended","function":"reading"/)
  })
})
