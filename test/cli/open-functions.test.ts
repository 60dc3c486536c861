import { afterAll, describe, expect, test } from '@jest/globals'
import { resolveConfig } from '../../cli/config/index.ts'
import { openFunctions } from '../../cli/open-functions.ts'
import { eventually } from '../eventually.ts'
import { folder } from './folder.ts'

const disposable = (name: string) => `
  export const handler = Object.assign(() => {}, {
    [Symbol.asyncDispose]: async () => { globalThis.disposed.push('${name}') },
  })`
const made = folder({
  'soon.mjs': `${disposable('soon')}\nglobalThis.disposed.push('soon loaded')`,
  'late.mjs': `await new Promise((resolve) => { globalThis.goOn = resolve })\n${disposable('late')}`,
})
afterAll(() => made.remove())

const config = resolveConfig(
  {
    brokers: { main: 'memory://' },
    functions: {
      soon: { handler: './soon.mjs', source: { topic: 't' } },
      late: { handler: './late.mjs', source: { topic: 't' } },
    },
  },
  { file: `${made.path}/waybill.config.json` },
)

describe('opening functions', () => {
  test('that is ended closes at once what is open, and the rest when it is', async () => {
    const disposed: string[] = []
    let goOn: unknown
    Object.defineProperty(globalThis, 'disposed', { value: disposed, configurable: true })
    Object.defineProperty(globalThis, 'goOn', {
      set: (value: unknown) => {
        goOn = value
      },
      configurable: true,
    })
    const stopping = new AbortController()
    const opened = openFunctions(config, config.functions, undefined, stopping.signal)
    await eventually('both are loading', () => disposed.length === 1 && goOn !== undefined)
    stopping.abort()
    await expect(opened).rejects.toBe(stopping.signal.reason)
    expect(disposed).toEqual(['soon loaded', 'soon'])
    if (typeof goOn === 'function') goOn()
    await eventually('the late one is disposed', () => disposed.includes('late'))
    expect(disposed).toEqual(['soon loaded', 'soon', 'late'])
  })

  test('that is ended before it begins opens nothing', async () => {
    const reason = new Error('told to stop')
    const ended = openFunctions(config, config.functions, undefined, AbortSignal.abort(reason))
    await expect(ended).rejects.toBe(reason)
  })
})
