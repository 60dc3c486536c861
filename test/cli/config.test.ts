import { join } from 'node:path'
import { afterEach, describe, expect, test } from '@jest/globals'
import { findConfig, loadConfig, resolveConfig } from '../../cli/config/index.ts'
import { folder } from './folder.ts'

const uppercase = { handler: './uppercase.ts', source: { topic: 'rows' } }

/** The message of the error that a configuration gives, without the place it opens with. */
function refusal(config: unknown, options = {}): string {
  try {
    resolveConfig(config, options)
  } catch (error) {
    if (error instanceof Error) return error.message.replace(/^\[waybill\] the configuration:? /, '')
  }
  throw new Error('the configuration was accepted')
}

const withFunction = (changes: object) => ({
  brokers: { main: 'memory://' },
  functions: { f: { ...uppercase, ...changes } },
})

describe('a resolved configuration', () => {
  test('has every default filled in', () => {
    const { brokers, functions } = resolveConfig(
      {
        brokers: { main: 'memory://', audit: { url: 'kafka://localhost', clientId: 'audit' } },
        functions: { uppercase: { ...uppercase, sink: 'upper' } },
      },
      { file: '/app/waybill.config.ts' },
    )
    expect([...brokers]).toEqual([
      ['main', { url: 'memory://' }],
      ['audit', { url: 'kafka://localhost', clientId: 'audit' }],
    ])
    expect(functions).toEqual([
      {
        name: 'uppercase',
        handler: { written: './uppercase.ts', path: '/app/uppercase.ts' },
        options: undefined,
        source: { broker: 'main', topic: 'rows', group: 'uppercase', start: undefined },
        sink: { broker: 'main', topic: 'upper' },
        policy: {},
      },
    ])
  })

  test('sends results to the broker of the source unless another is named', () => {
    const brokers = { main: 'memory://', audit: 'memory://' }
    const sinks = [{ topic: 'upper' }, { broker: 'main', topic: 'upper' }].map(
      (sink) =>
        resolveConfig({
          brokers,
          functions: { f: { handler: 'f.ts', source: { broker: 'audit', topic: 'rows' }, sink } },
        }).functions[0]?.sink,
    )
    expect(sinks).toEqual([
      { broker: 'audit', topic: 'upper' },
      { broker: 'main', topic: 'upper' },
    ])
  })

  test('takes the only broker where no function names one, whatever it is called', () => {
    const { functions } = resolveConfig({ brokers: { local: 'memory://' }, functions: { f: uppercase } })
    expect(functions[0]?.source.broker).toBe('local')
  })

  test('accepts a start time as text, so that JSON and YAML can say it', () => {
    const config = withFunction({ source: { topic: 'rows', start: { time: '2026-01-31T01:00:00+01:00' } } })
    expect(resolveConfig(config).functions[0]?.source.start).toEqual({ time: Date.UTC(2026, 0, 31) })
  })

  test('accepts no limit on attempts', () => {
    const config = withFunction({ policy: { maxAttempts: Number.POSITIVE_INFINITY } })
    expect(resolveConfig(config).functions[0]?.policy.maxAttempts).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('the URL of a broker', () => {
  const config = {
    brokers: { main: { url: 'memory://', retention: 10 }, 'audit-log': 'memory://' },
    functions: {},
  }
  const url = (name: string, options: object) => resolveConfig(config, options).brokers.get(name)?.url

  test('is replaced from the environment', () => {
    const env = { WAYBILL_BROKER_AUDIT_LOG: 'kafka://localhost:9092', PATH: '/bin' }
    expect(url('audit-log', { env })).toBe('kafka://localhost:9092')
    expect(url('main', { env })).toBe('memory://')
  })

  test('is replaced by a flag, which wins over the environment', () => {
    const options = {
      env: { WAYBILL_BROKER_MAIN: 'kafka://environment' },
      overrides: ['main=kafka://flag?client=a=b'],
    }
    expect(url('main', options)).toBe('kafka://flag?client=a=b')
  })

  test('is replaced by a flag without a name where there is one broker', () => {
    const single = { brokers: { local: 'memory://' }, functions: {} }
    expect(resolveConfig(single, { overrides: ['kafka://h?a=b'] }).brokers.get('local')).toEqual({
      url: 'kafka://h?a=b',
    })
  })

  test('keeps the options of the file while the scheme stays the same', () => {
    const settings = (flag: string) => resolveConfig(config, { overrides: [flag] }).brokers.get('main')
    expect(settings('main=memory://other')).toEqual({ url: 'memory://other', retention: 10 })
    expect(settings('main=kafka://other')).toEqual({ url: 'kafka://other' })
  })

  test('is not replaced by an empty variable', () => {
    expect(url('main', { env: { WAYBILL_BROKER_MAIN: '' } })).toBe('memory://')
  })

  test.each([
    [
      'a flag that names no broker',
      { overrides: ['mian=kafka://user:secret@h'] },
      '--broker: there is no broker "mian": did you mean "main"?',
    ],
    [
      'a flag without a name where there are several',
      { overrides: ['kafka://h'] },
      '--broker: there are 2 brokers: write --broker main=<url>',
    ],
    [
      'a variable that names no broker',
      { env: { WAYBILL_BROKER_MIAN: 'kafka://user:secret@h' } },
      'WAYBILL_BROKER_MIAN: there is no broker "WAYBILL_BROKER_MIAN": did you mean "WAYBILL_BROKER_MAIN"?',
    ],
  ])('%s is refused', (_, options, message) => {
    expect(refusal(config, options)).toBe(message)
  })
})

describe('a configuration is refused', () => {
  test.each([
    [
      'unknown key at the root',
      { borkers: {}, functions: {}, brokers: {} },
      'unknown key "borkers": did you mean "brokers"?',
    ],
    [
      'unknown key of a function',
      withFunction({ sorce: 1 }),
      'functions.f: unknown key "sorce": did you mean "source"?',
    ],
    [
      'unknown keys of a source',
      withFunction({ source: { topic: 't', gruop: 'a', brokr: 'b' } }),
      'functions.f.source: unknown keys "gruop", "brokr": did you mean "group", "broker"?',
    ],
    [
      'unknown key of a sink',
      withFunction({ sink: { topic: 't', brokr: 'b' } }),
      'functions.f.sink: unknown key "brokr": did you mean "broker"?',
    ],
    [
      'unknown key of a policy',
      withFunction({ policy: { maxAttempt: 3 } }),
      'functions.f.policy: unknown key "maxAttempt": did you mean "maxAttempts"?',
    ],
    [
      'unknown key of a backoff',
      withFunction({ policy: { backoff: { initialMS: 3 } } }),
      'functions.f.policy.backoff: unknown key "initialMS": did you mean "initialMs"?',
    ],
    [
      'missing handler',
      withFunction({ handler: undefined }),
      'functions.f.handler: missing: give the path of its module, relative to this file',
    ],
    [
      'missing source',
      withFunction({ source: undefined }),
      "functions.f.source: missing: give { topic: '…' }, what the function reads",
    ],
    [
      'empty topic',
      withFunction({ source: { topic: '' } }),
      'functions.f.source.topic: empty: give the topic to read',
    ],
    [
      'sink that is a number',
      withFunction({ sink: 5 }),
      'functions.f.sink: is 5: give a topic, or { broker, topic }',
    ],
    [
      'sink without a topic',
      withFunction({ sink: { broker: 'main' } }),
      'functions.f.sink.topic: missing: give the topic that receives what the handler returns',
    ],
    [
      'start that is another word',
      withFunction({ source: { topic: 't', start: 'newest' } }),
      "functions.f.source.start: is another text: give 'earliest', 'latest', { time } or { position }",
    ],
    [
      'start time that is no time',
      withFunction({ source: { topic: 't', start: { time: 'yesterday' } } }),
      "functions.f.source.start.time: is another text: give milliseconds since 1970, or a time such as '2026-01-31T00:00:00Z'",
    ],
    [
      'attempts as text',
      withFunction({ policy: { maxAttempts: '3' } }),
      'functions.f.policy.maxAttempts: is another text: give a whole number of 1 or more',
    ],
    [
      'no attempts',
      withFunction({ policy: { maxAttempts: 0 } }),
      'functions.f.policy: policy "maxAttempts" is 0: use a whole number of 1 or more',
    ],
    [
      'dead letters sent to true',
      withFunction({ policy: { deadLetter: true } }),
      'functions.f.policy.deadLetter: is true: give a topic, or false',
    ],
    [
      'options that are a list',
      withFunction({ options: [1] }),
      'functions.f.options: is a list: give an object of options',
    ],
    [
      'broker that is a number',
      { brokers: { main: 5 }, functions: {} },
      "brokers.main: is 5: give a URL such as 'memory://', or { url, …options }",
    ],
    [
      'broker without a URL',
      { brokers: { main: { urls: 'x' } }, functions: {} },
      'brokers.main.url: missing: give the URL of the broker',
    ],
    [
      'name with a space',
      { brokers: { 'my broker': 'memory://' }, functions: {} },
      'brokers.my broker: is not a name: use letters, digits, "-" and "_", a letter first',
    ],
    [
      'two brokers with one variable',
      { brokers: { 'a-b': 'memory://', a_b: 'memory://' }, functions: {} },
      'brokers.a_b: shares WAYBILL_BROKER_A_B with "a-b": rename one of them',
    ],
    ['file without a default export', undefined, 'missing: give { brokers, functions }'],
    ['file holding a list', [], 'is a list: give { brokers, functions }'],
  ])('%s', (_, config, message) => {
    expect(refusal(config)).toBe(message)
  })

  test('function that reads from an unknown broker', () => {
    expect(refusal(withFunction({ source: { broker: 'mian', topic: 't' } }))).toBe(
      'functions.f.source.broker: there is no broker "mian": did you mean "main"?',
    )
    expect(refusal(withFunction({ sink: { broker: 'mian', topic: 't' } }))).toBe(
      'functions.f.sink.broker: there is no broker "mian": did you mean "main"?',
    )
  })

  test('function that names no broker where there are several and none is "main"', () => {
    expect(refusal({ brokers: { a: 'memory://', b: 'memory://' }, functions: { f: uppercase } })).toBe(
      'functions.f.source.broker: missing, and there is no broker "main": name one of a, b',
    )
    expect(refusal({ brokers: {}, functions: { f: uppercase } })).toBe(
      'functions.f.source.broker: missing, and there is no broker "main": add one to "brokers"',
    )
  })

  test('two functions on one group', () => {
    const source = { topic: 'rows', group: 'workers' }
    const functions = { a: { ...uppercase, source }, b: { ...uppercase, source }, c: uppercase }
    expect(refusal({ brokers: { main: 'memory://' }, functions })).toBe(
      'functions.b.source.group: function "a" already reads topic "rows" of broker "main" as group "workers", ' +
        'so each of the two would get only some of the events: give "b" a group of its own',
    )
  })

  test('function that feeds itself', () => {
    expect(refusal(withFunction({ sink: 'rows' }))).toBe(
      'functions.f.sink: topic "rows" is also its source, so every result would come back to it: choose another topic',
    )
    expect(refusal(withFunction({ policy: { deadLetter: 'rows' } }))).toBe(
      'functions.f.policy.deadLetter: topic "rows" is also its source, so dead letters would come back to it: choose another topic',
    )
  })

  test('every problem at once, one a line, and no text that was written', () => {
    const config = withFunction({
      handler: '',
      sorce: 1,
      source: { topic: 5, start: 'kafka://user:secret@h' },
    })
    expect(refusal(config)).toBe(
      [
        'has 4 problems:',
        '  functions.f.handler: empty: give the path of its module, relative to this file',
        '  functions.f.source.topic: is 5: give the topic to read',
        "  functions.f.source.start: is another text: give 'earliest', 'latest', { time } or { position }",
        '  functions.f: unknown key "sorce": did you mean "source"?',
      ].join('\n'),
    )
  })
})

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
    await expect(loadConfig({ cwd })).rejects.toThrow('unknown key "extends": did you mean')
  })

  test('that is missing is an error, or nothing where it may be missing', async () => {
    const cwd = holding({})
    await expect(loadConfig({ cwd })).rejects.toMatchObject({
      code: 'ERR_CONFIG',
      message:
        `[waybill] no waybill.config.ts in ${cwd}: create one (.js, .mjs, .json, .yaml and .yml do too), ` +
        'or name one with --config',
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
      '',
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
})
