import { afterAll, describe, expect, test } from '@jest/globals'
import { start } from './command-line.ts'
import { folder } from './folder.ts'

const never = 'await new Promise(() => {})'
const config = (handler: string) =>
  JSON.stringify({
    brokers: { main: 'memory://' },
    functions: {
      f: { handler, source: { topic: 't' } },
      g: { handler: './ends.mjs', source: { topic: 't' } },
    },
  })
const made = folder({
  'load.json': config('./loads.mjs'),
  'create.json': config('./creates.mjs'),
  'dispose.json': config('./disposes.mjs'),
  'waybill.config.mjs': `${never}; export default {}`,
  'ends.mjs': 'export const handler = () => {}',
  'loads.mjs': `${never}; export const handler = () => {}`,
  'creates.mjs': `export async function createHandler() { ${never} }`,
  'disposes.mjs': `
    export const handler = Object.assign(() => {}, { [Symbol.asyncDispose]: async () => { ${never} } })`,
})
afterAll(() => made.remove())

describe('a command that waits for what never comes', () => {
  test.each([
    [
      ['check', '-c', 'load.json'],
      'functions.f.handler: ./loads.mjs never ends loading: look at what it awaits at its top level',
    ],
    [
      ['run', '-c', 'load.json'],
      'functions.f.handler: ./loads.mjs never ends loading: look at what it awaits at its top level',
    ],
    [
      ['check', '-c', 'create.json'],
      'functions.f.handler: createHandler of ./creates.mjs never ends: look at what it awaits',
    ],
    [['check'], 'waybill.config.mjs never ends loading: look at what it awaits at its top level'],
    [
      ['check', '-c', 'dispose.json'],
      'the command never ends: look at what handlers and brokers await when they are opened and closed',
    ],
  ])('ends with 1 and says what it is: waybill %j', async (words, hint) => {
    const { code, stderr } = await start(words, { cwd: made.path }).finished
    expect({ code, lines: stderr.split('\n').filter((line) => line.startsWith('[waybill]')) }).toEqual({
      code: 1,
      lines: [`[waybill] ${hint}`],
    })
  })
})
