import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from '@jest/globals'

const main = resolve(import.meta.dirname, '../bench/main.ts')

function start(...words: readonly string[]): ChildProcess {
  const env = { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1' }
  const command = ['--import', import.meta.resolve('tsx'), main, ...words]
  return spawn(process.execPath, command, { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 })
}

async function run(...words: readonly string[]) {
  const child = start(...words)
  const { stdout, stderr } = child
  const [out, error, [code]] = await Promise.all([
    stdout === null ? '' : text(stdout),
    stderr === null ? '' : text(stderr),
    once(child, 'close'),
  ])
  return { code, out, error }
}

describe('the bench', () => {
  it('explains itself instead of running', async () => {
    const { code, out, error } = await run('--help')
    expect({ code, error }).toEqual({ code: 0, error: '' })
    expect(out).toContain('Usage: npm run bench -- [options] [name...]')
    expect(out).not.toContain('events/s')
  })

  it.each([
    ['--jsn', "[bench] unknown option '--jsn' (Did you mean --json?)\n"],
    ['cor', '[bench] there is no bench "cor": did you mean "core"?\n'],
  ])('refuses %s', async (word, error) => {
    expect(await run('core', word)).toEqual({ code: 2, out: '', error })
  })

  it('ends quietly when its reader has left', async () => {
    const child = start('core')
    const told = child.stderr === null ? '' : text(child.stderr)
    child.stdout?.destroy()
    const [code] = await once(child, 'close')
    expect({ code, error: await told }).toEqual({ code: 0, error: '' })
  }, 60_000)
})
