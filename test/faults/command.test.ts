import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { describe, expect, test } from '@jest/globals'

const program = resolve(import.meta.dirname, 'main.ts')

/** Exit code and standard error of `npm run faults`. */
function faults(...words: readonly string[]): Promise<{ readonly code: unknown; readonly told: string }> {
  const { NODE_OPTIONS: _, ...env } = process.env
  const command = ['--import', import.meta.resolve('tsx'), program, ...words]
  return new Promise((done) => {
    execFile(process.execPath, command, { env, timeout: 15_000 }, (error, _out, told) =>
      done({ code: error?.code ?? 0, told }),
    )
  })
}

describe('npm run faults', () => {
  test.each([
    ['a broker that there is not', ['kafak'], '[faults] there is no broker "kafak": did you mean "kafka"?\n'],
    [
      'a fault that there is not',
      ['jetstream', 'slow-handler', 'conection-cut'],
      '[faults] there is no fault "conection-cut": did you mean "connection-cut"?\n',
    ],
    [
      'a fault that this broker does not have',
      ['kafka', 'memory-stream-restart'],
      '[faults] kafka has no fault "memory-stream-restart"\n',
    ],
    ['a number that is none', ['kafka', '--events', 'many'], expect.stringContaining('use a whole number')],
  ])('refuses %s in one line before it starts anything', async (_, words, told) => {
    expect(await faults(...words)).toEqual({ code: 2, told })
  })
})
