import { describe, expect, it } from '@jest/globals'
import { httpBinding } from '../../adapters/http/binding.ts'
import { type Binding, DecodeError, type Message } from '../../adapters/index.ts'
import { pushedMessage } from '../../adapters/pubsub/binding.ts'
import { bytesOf, envelope } from '../core/events.ts'
import { growth, quadratic } from '../fastest.ts'
import { faultOfBatch, readBy } from './check.ts'
import { wires } from './wires.ts'

type Shape = readonly [name: string, make: (size: number) => string]
type Build = (text: string) => Message

const json = 'application/cloudevents+json'
const origin = { topic: 'orders', lane: '3', position: '42', time: 0 }

const values: readonly Shape[] = [
  ['percent signs', (size) => '%'.repeat(size)],
  ['encoded letters', (size) => '%41'.repeat(size / 3)],
  ['encodings that are no UTF-8', (size) => '%C0%A0'.repeat(size / 6)],
  ['escaped quotes', (size) => `"${'\\"'.repeat(size / 2)}"`],
  ['quotes and backslashes', (size) => '"\\'.repeat(size / 2)],
  ['a quote that is not closed', (size) => `"${'a'.repeat(size)}`],
  ['spaces', (size) => `a${' '.repeat(size)}a`],
  ['letters beyond ASCII', (size) => 'é😀'.repeat(size / 3)],
  ['bytes of UTF-8 as letters', (size) => '\u00c3\u00a9'.repeat(size / 2)],
  ['parameters', (size) => `a/b${';a=b'.repeat(size / 4)}`],
  ['charsets', (size) => `${json}${';charset="'.repeat(size / 10)}`],
  ['semicolons and spaces', (size) => `a/b${'; '.repeat(size / 2)}`],
  ['slashes', (size) => '/'.repeat(size)],
  ['colons', (size) => `a${':'.repeat(size)}`],
]

const bodies: readonly Shape[] = [
  ['open brackets', (size) => '['.repeat(size)],
  ['open members', (size) => '{"a":'.repeat(size / 5)],
  ['deep data', (size) => envelope(`"data":${'['.repeat(size / 2)}${']'.repeat(size / 2)}`)],
  ['deep objects', (size) => envelope(`"data":${'{"a":'.repeat(size / 6)}1${'}'.repeat(size / 6)}`)],
  ['a deep attribute', (size) => envelope(`"x":${'['.repeat(size / 2)}${']'.repeat(size / 2)}`)],
  ['members', (size) => envelope(Array.from({ length: size / 10 }, (_, i) => `"x${i}":${i}`).join())],
  ['the same member', (size) => envelope(Array.from({ length: size / 8 }, () => '"data":1').join())],
  ['illegal members', (size) => envelope(Array.from({ length: size / 10 }, (_, i) => `"X${i}":[]`).join())],
  ['backslashes', (size) => envelope(`"data":"${'\\\\'.repeat(size / 2)}"`)],
  ['escaped quotes', (size) => envelope(`"data":"${'\\"'.repeat(size / 2)}"`)],
  ['escapes', (size) => envelope(`"\\u0078":"${'\\u0041'.repeat(size / 6)}"`)],
  ['spaces', (size) => `${' '.repeat(size)}${envelope()}${' '.repeat(size)}`],
  ['marks', (size) => '\ufeff'.repeat(size / 3)],
  ['base64', (size) => envelope(`"data_base64":"${'AAAA'.repeat(size / 4)}"`)],
  ['zeros', (size) => '\0'.repeat(size)],
]

/** A message in binary mode, with more headers or others. */
function binaryMessage(prefix: string, headers: Record<string, string>): Message {
  const required = {
    [`${prefix}specversion`]: '1.0',
    [`${prefix}id`]: '1',
    [`${prefix}source`]: '/orders',
    [`${prefix}type`]: 'placed',
  }
  return { body: bytesOf('{}'), headers: { ...required, ...headers } }
}

/** Each shape of a value, or of a number of headers, where a binary message may have it. */
function headerBuilds(prefix: string): readonly (readonly [string, Build, readonly Shape[]])[] {
  const withHeaders = (headers: Record<string, string>) => binaryMessage(prefix, headers)
  const many = (name: (index: number) => string): Build => {
    return ({ length }) => {
      const names = Array.from({ length: length / 16 }, (_, index) => name(index))
      return withHeaders(Object.fromEntries(names.map((each) => [each, '1'])))
    }
  }
  const length: readonly Shape[] = [['a number of them', (size) => 'a'.repeat(size)]]
  const letters: readonly Shape[] = [
    ['letters', (size) => 'a'.repeat(size)],
    ['capitals', (size) => 'A'.repeat(size)],
  ]
  return [
    ['a source', (text) => withHeaders({ [`${prefix}source`]: text }), values.slice(-2)],
    ['an extension', (text) => withHeaders({ [`${prefix}x`]: text }), values],
    ['a content type', (text) => withHeaders({ 'content-type': text }), values],
    ['the name of an attribute', (text) => withHeaders({ [prefix + text]: '1' }), letters],
    ['the name of a header', (text) => withHeaders({ [text]: '1' }), letters],
    ['extensions', many((index) => `${prefix}x${index}`), length],
    ['illegal attributes', many((index) => `${prefix}x_${index}`), length],
    ['headers in other case', many((index) => `${prefix.toUpperCase()}X${index}`), length],
    ['headers of the application', many((index) => `x-${index}`), length],
    [
      'attributes without specversion',
      (text) => ({ ...many((i) => `${prefix}x${i}`)(text), headers: {} }),
      length,
    ],
    ['values of one header', (text) => repeated(`${prefix}id`, text, withHeaders({})), length],
  ]
}

function repeated(name: string, { length }: string, message: Message): Message {
  return { ...message, headerValues: { [name]: Array.from({ length: length / 16 }, () => 'a') } }
}

function bodyBuilds(): readonly (readonly [string, Build, readonly Shape[]])[] {
  return [
    ['an undeclared body', (text) => ({ body: bytesOf(text), headers: {} }), bodies],
    ['an envelope', (text) => ({ body: bytesOf(text), headers: { 'content-type': json } }), bodies],
  ]
}

/** Reads a message, its data too, and writes it again; a fault is told in words. */
function relayed(binding: Binding, message: Message): string | undefined {
  const read = readBy(binding, message, origin)
  if (typeof read === 'string') return read
  if (read instanceof DecodeError) return undefined
  try {
    void read.data
  } catch (error) {
    if (!(error instanceof DecodeError)) return `reading its data threw ${String(error)}`
  }
  binding.encode(read)
  return undefined
}

function expectLinear(build: Build, call: (message: Message) => unknown, make: Shape[1]): void {
  expect(growth(call, (size) => build(make(size)), 262_144)).toBeLessThan(quadratic)
}

describe.each(wires)('time on long messages from $name', ({ bindingOf, prefix }) => {
  const binding = bindingOf()
  const builds = [...(prefix === '' ? [] : headerBuilds(prefix)), ...bodyBuilds()]
  const cases = builds.flatMap(([place, build, shapes]) =>
    shapes.map(([name, make]) => [`${place} of ${name}`, build, make] as const),
  )

  it.each(cases)('grows with the length and no faster: %s', (_, build, make) => {
    expect(relayed(binding, build(make(131_072)))).toBeUndefined()
    expectLinear(build, (message) => relayed(binding, message), make)
  })

  it.each(values)('is not up with a megabyte of %s in one header', (_, make) => {
    const message = binaryMessage(prefix, { [`${prefix}x`]: make(1_048_576) })
    expect(relayed(binding, message)).toBeUndefined()
  })

  it('is not up with a quarter of a million levels', () => {
    const deep = envelope(`"data":${'['.repeat(250_000)}${']'.repeat(250_000)}`)
    for (const [, build] of bodyBuilds()) expect(relayed(binding, build(deep))).toBeUndefined()
  })
})

describe('time on many events in one', () => {
  const batch = (size: number) => `[${Array.from({ length: size / 64 }, () => envelope()).join()}]`
  const message: Build = (text) => {
    return { body: bytesOf(text), headers: { 'content-type': 'application/cloudevents-batch+json' } }
  }

  it('grows with the number of events and no faster: a batch', () => {
    const binding = httpBinding()
    const limits = { maxEvents: 1_000_000, maxBytes: 10_000_000 }
    const read = (made: Message) => binding.decodeBatch(made, undefined, limits)
    expect(read(message(batch(65_536)))).toHaveLength(1_024)
    expectLinear(message, read, batch)
    expect(faultOfBatch(binding, message('['.repeat(1_000_000)))).toBeUndefined()
  })

  it('grows with the length and no faster: a push request', () => {
    const push = (size: number) => `{"message":{"messageId":"1","data":"${'AAAA'.repeat(size / 4)}"}}`
    expectLinear(message, ({ body }) => pushedMessage(body, 'orders'), push)
  })
})
