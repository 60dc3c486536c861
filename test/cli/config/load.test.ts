import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, describe, expect, test } from '@jest/globals'
import { findConfig, loadConfig } from '../../../cli/config/index.ts'
import { folder } from '../folder.ts'
import { uppercase } from './refusal.ts'

describe('a configuration file', () => {
  const folders: { remove(): void }[] = []
  afterEach(() => {
    for (const each of folders.splice(0)) each.remove()
  })
  const holding = (files: Record<string, string>) => {
    const made = folder(files)
    folders.push(made)
    return made.path
  }
  const json = JSON.stringify({ brokers: { main: 'memory://' }, functions: { uppercase } })
  const yaml =
    'brokers:\n  main: memory://\nfunctions:\n  uppercase:\n    handler: ./uppercase.ts\n    source: { topic: rows }\n'

  test.each([
    [
      'waybill.config.ts',
      `const brokers: Record<string, string> = { main: 'memory://' }\nexport default { ...${json}, brokers }`,
    ],
    ['waybill.config.js', `export default ${json}`],
    ['waybill.config.mjs', `export default ${json}`],
    ['waybill.config.json', json],
    ['waybill.config.yaml', yaml],
    ['waybill.config.yml', yaml],
  ])('is found and read as %s', async (name, text) => {
    const cwd = holding({ [name]: text, 'package.json': '{"type":"module"}' })
    const { file, brokers, functions } = await loadConfig({ cwd })
    expect(file).toBe(join(cwd, name))
    expect([...brokers.keys()]).toEqual(['main'])
    expect(functions[0]?.handler).toEqual({ written: './uppercase.ts', path: join(cwd, 'uppercase.ts') })
  })

  test('is read from the path that is given, to which its handlers are relative', async () => {
    const cwd = holding({ 'deploy/prod.yaml': yaml })
    const { functions } = await loadConfig({ cwd, file: 'deploy/prod.yaml' })
    expect(functions[0]?.handler.path).toBe(join(cwd, 'deploy/uppercase.ts'))
  })

  test('has its URLs replaced', async () => {
    const cwd = holding({ 'waybill.config.json': json })
    const { brokers } = await loadConfig({ cwd, env: { WAYBILL_BROKER_MAIN: 'kafka://h' } })
    expect(brokers.get('main')).toEqual({ url: 'kafka://h' })
  })

  test('is the only file read', async () => {
    const rest = JSON.stringify({
      brokers: { other: 'memory://' },
      $test: { brokers: { other: 'memory://' } },
    })
    const cwd = holding({
      'waybill.config.json': json,
      '.waybillrc': 'brokers.other="memory://"',
      '.env': 'WAYBILL_BROKER_MAIN=kafka://h',
      'package.json': JSON.stringify({ waybill: JSON.parse(rest) }),
    })
    const { brokers } = await loadConfig({ cwd, env: process.env })
    expect([...brokers]).toEqual([['main', { url: 'memory://' }]])
    expect(process.env.WAYBILL_BROKER_MAIN).toBeUndefined()
  })

  test('may not pull in another file', async () => {
    const cwd = holding({
      'waybill.config.json': JSON.stringify({ extends: './base', brokers: {}, functions: {} }),
    })
    await expect(loadConfig({ cwd })).rejects.toThrow('unknown key "extends": use brokers, functions')
  })

  test('that is missing is an error, or nothing where it may be missing', async () => {
    const cwd = holding({})
    await expect(loadConfig({ cwd })).rejects.toMatchObject({
      code: 'ERR_CONFIG',
      message:
        `[waybill] no waybill.config.ts in ${cwd}: create one (.js, .mjs, .json, .yaml and .yml do too), ` +
        'begin with waybill init, or name one with --config',
    })
    await expect(loadConfig({ cwd, file: 'prod.yaml' })).rejects.toMatchObject({
      code: 'ERR_CONFIG',
      message: `[waybill] no configuration file prod.yaml in ${cwd}: correct the path given with --config`,
    })
    await expect(findConfig({ cwd })).resolves.toBeUndefined()
  })

  test('that has a rival is an error', async () => {
    const cwd = holding({ 'waybill.config.json': json, 'waybill.config.ts': '' })
    await expect(loadConfig({ cwd })).rejects.toThrow(
      `[waybill] ${cwd} holds both waybill.config.ts and waybill.config.json: keep one, or name one with --config`,
    )
  })

  test.each([
    ['waybill.config.json', '{ "brokers": ', /^\[waybill\] waybill\.config\.json cannot be loaded: .*JSON/],
    ['waybill.config.yaml', 'brokers: [', /^\[waybill\] waybill\.config\.yaml cannot be loaded: [^\n]+$/],
    [
      'waybill.config.yml',
      '# nothing yet',
      /^\[waybill\] waybill\.config\.yml cannot be loaded: it is empty: write brokers and functions$/,
    ],
    [
      'waybill.config.ts',
      'throw new Error("no region")',
      /^\[waybill\] waybill\.config\.ts cannot be loaded: no region$/,
    ],
  ])('that cannot be read names itself: %s holding %s', async (name, text, message) => {
    const cwd = holding({ [name]: text })
    await expect(loadConfig({ cwd })).rejects.toMatchObject({
      code: 'ERR_CONFIG',
      message: expect.stringMatching(message),
    })
  })

  test.each([
    ['json', '{\n  "password": hunter2\n}', 'JSON at line 2, column 15 (an unknown word)'],
    ['json', '{ "password": "hunter2', 'JSON at line 1, column 15 (a text without its closing quote)'],
    ['json', '{ "password": "hunter2" } x', 'JSON at line 1, column 27 (an unknown word)'],
    ['json', "{ 'hunter2': 1 }", 'JSON at line 1, column 3 (an unknown word)'],
    ['json', '{ "a": 1\r\n  "hunter2": 2 }', 'JSON at line 2, column 3 (a comma is missing)'],
    ['json', '{ "password": "hun\\qter2" }', 'JSON at line 1, column 15 (an unknown escape in a text)'],
    ['json', '', 'JSON at line 1, column 1 (a value is missing)'],
    ['yaml', 'user: a\npassword: *hunter2\n', 'YAML at line 2, column 19 (unidentified alias …)'],
    ['yaml', 'password: !hunter2 x\n', 'YAML at line 1, column 21 (unknown tag …)'],
    ['yml', 'a: 1\na: hunter2\n', 'YAML at line 2, column 1 (duplicated mapping key)'],
    ['yml', 'a: 1\n---\nb: hunter2\n', 'YAML (expected a single document in the stream, but found more)'],
  ])('that cannot be parsed shows nothing of its text: .%s holding %j', async (extension, text, place) => {
    const cwd = holding({ [`waybill.config.${extension}`]: text })
    const error: unknown = await loadConfig({ cwd }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'ERR_CONFIG',
      message: `[waybill] waybill.config.${extension} cannot be loaded: it is not valid ${place}`,
    })
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('hunter2')
  })
})
