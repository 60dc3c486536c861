import { describe, expect, test } from '@jest/globals'
import { type Config, resolveConfig } from '../../../cli/config/index.ts'
import { refusal, uppercase, withFunction } from './refusal.ts'

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
      'empty dead letter',
      withFunction({ policy: { deadLetter: '' } }),
      'functions.f.policy.deadLetter: empty: give a topic, or false',
    ],
    ['empty sink', withFunction({ sink: '' }), 'functions.f.sink: empty: give a topic, or { broker, topic }'],
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
      'functions.f.policy.maxAttempts: is a text: give a whole number of 1 or more',
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

  test('function whose dead letters come back to it where no topic is named for them', () => {
    const functions = { orders: { ...uppercase, source: { topic: 'dlq.orders' } } }
    expect(refusal({ brokers: { main: 'memory://' }, functions })).toBe(
      'functions.orders.policy.deadLetter: topic "dlq.orders" is also its source, so dead letters would come back to it: choose another topic',
    )
    expect(refusal(withFunction({ source: { topic: 'dlq.workers', group: 'workers' } }))).toBe(
      'functions.f.policy.deadLetter: topic "dlq.workers" is also its source, so dead letters would come back to it: choose another topic',
    )
  })

  test('functions whose dead letters go round', () => {
    const functions = {
      a: { ...uppercase, source: { topic: 'orders' } },
      b: { ...uppercase, source: { topic: 'dlq.a' } },
      c: { ...uppercase, source: { topic: 'dlq.b' }, policy: { deadLetter: 'orders' } },
      outside: { ...uppercase, source: { topic: 'others' }, policy: { deadLetter: 'orders' } },
    }
    const round = (topic: string, way: string) =>
      `topic "${topic}" leads its dead letters back to it by way of ${way}, ` +
      'so an event that none of them can handle would go round for ever: choose another topic'
    expect(refusal({ brokers: { main: 'memory://' }, functions })).toBe(
      [
        'has 3 problems:',
        `  functions.a.policy.deadLetter: ${round('dlq.a', '"b", "c"')}`,
        `  functions.b.policy.deadLetter: ${round('dlq.b', '"c", "a"')}`,
        `  functions.c.policy.deadLetter: ${round('orders', '"a", "b"')}`,
      ].join('\n'),
    )
  })

  test('no dead letters that end somewhere, that are dropped, or that are on another broker', () => {
    const brokers = { main: 'memory://', other: 'memory://' }
    const functions = {
      a: { ...uppercase, source: { topic: 'orders' } },
      again: { ...uppercase, source: { topic: 'dlq.a' }, sink: 'orders' },
      none: { ...uppercase, source: { topic: 'dlq.none' }, policy: { deadLetter: false } },
      elsewhere: {
        ...uppercase,
        source: { topic: 'dlq.a', broker: 'other' },
        policy: { deadLetter: 'orders' },
      },
    } satisfies Config['functions']
    expect(resolveConfig({ brokers, functions }).functions).toHaveLength(4)
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
