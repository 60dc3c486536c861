import { describe, expect, test } from '@jest/globals'
import { type Config, defineConfig, resolveConfig } from '../../../cli/config/index.ts'
import { refusal, uppercase, withFunction } from './refusal.ts'

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

describe('a configuration in TypeScript', () => {
  test('is what was written, with its types checked', () => {
    const config: Config = {
      brokers: { main: 'memory://' },
      functions: { f: { ...uppercase, sink: 'upper' } },
    }
    expect(defineConfig(config)).toBe(config)
    // @ts-expect-error: the checker of types knows the keys too.
    defineConfig({ brokers: {}, functions: { f: { ...uppercase, snik: 'upper' } } })
    // @ts-expect-error: and their values.
    defineConfig({ brokers: {}, functions: { f: { ...uppercase, policy: { maxAttempts: '3' } } } })
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
      'WAYBILL_BROKER_MIAN: there is no broker "mian": did you mean WAYBILL_BROKER_MAIN, which is for "main"?',
    ],
    [
      'a variable that is close to a name with other characters',
      { env: { WAYBILL_BROKER_AUDITLOG: 'kafka://user:secret@h' } },
      'WAYBILL_BROKER_AUDITLOG: there is no broker "auditlog": did you mean WAYBILL_BROKER_AUDIT_LOG, which is for "audit-log"?',
    ],
  ])('%s is refused', (_, options, message) => {
    expect(refusal(config, options)).toBe(message)
  })

  test('of a variable is refused where there are no brokers', () => {
    const env = { WAYBILL_BROKER_MAIN: 'memory://' }
    expect(refusal({ brokers: {}, functions: {} }, { env })).toBe(
      'WAYBILL_BROKER_MAIN: there is no broker "main": add it to "brokers"',
    )
  })
})
