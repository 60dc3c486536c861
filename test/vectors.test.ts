import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import type { Binding, BindingOptions, CloudEvent, Message, Warning } from '../adapters/index.ts'
import { DecodeError, InvalidEventError } from '../adapters/index.ts'
import { thrownBy } from './core/events.ts'
import {
  type DecodeVector,
  type EncodeVector,
  eventOf,
  messageOf,
  type VectorError,
  type Vectors,
  writtenEvent,
  writtenMessage,
} from './vectors/vector.ts'

/** A binding that also has batches, as that of HTTP does. */
interface BatchBinding extends Binding {
  decodeBatch(message: Message, warn?: (warning: Warning) => void): readonly CloudEvent[]
  encodeBatch(events: readonly CloudEvent[]): Message
}

const folder = new URL('vectors/', import.meta.url)
const files = readdirSync(folder).filter((name) => name.endsWith('.json'))

for (const file of files) {
  const vectors: Vectors = JSON.parse(readFileSync(new URL(file, folder), 'utf8'))
  const bindingOf = await factoryOf(vectors.binding)
  const { decode, encode } = vectors

  describe(`the vectors of ${vectors.binding}`, () => {
    it('are at least forty each way, each with a name of its own', () => {
      const names = [
        ...decode.map(({ name }) => `decode ${name}`),
        ...encode.map(({ name }) => `encode ${name}`),
      ]
      expect(Math.min(decode.length, encode.length)).toBeGreaterThanOrEqual(40)
      expect(new Set(names).size).toBe(names.length)
    })

    it.each(decode.map((vector) => [vector.name, vector] as const))('decode: %s', (_, vector) => {
      const warnings: Warning[] = []
      const read = () => decoded(bindingOf(vector.options), vector, (warning) => warnings.push(warning))
      if (vector.error !== undefined) expectError(thrownBy(read), DecodeError, vector.error)
      else expect(read().map(writtenEvent)).toEqual(vector.events ?? [vector.event])
      expect(warnings.map(({ leniency }) => leniency)).toEqual(vector.warnings ?? [])
    })

    const lenient = decode.filter(({ warnings = [], error }) => warnings.length > 0 && error === undefined)
    it.each(lenient.map((vector) => [vector.name, vector] as const))('strictly refuse: %s', (_, vector) => {
      const { raw = 'accept', sniff = true } = vector.options ?? {}
      const options = { ...vector.options, raw, sniff, strict: true }
      const error = thrownBy(() => decoded(bindingOf(options), vector))
      expect(error).toBeInstanceOf(DecodeError)
      expect(error).toHaveProperty('violations.length', expect.any(Number))
      if (!(error instanceof DecodeError)) return
      // The name of an attribute's own rule says more than that of the leniency which leaves the attribute out.
      const rules = error.violations.map(({ rule }) => rule)
      expect(rules.length).toBeGreaterThan(0)
      if (!vector.warnings?.includes('dropped-attribute'))
        expect(vector.warnings).toEqual(expect.arrayContaining(rules))
    })

    it.each(encode.map((vector) => [vector.name, vector] as const))('encode: %s', (_, vector) => {
      const write = () => encoded(bindingOf(vector.options), vector)
      if (vector.error !== undefined) expectError(thrownBy(write), InvalidEventError, vector.error)
      else if (vector.message !== undefined)
        expect(writtenMessage(write(), vector.message.body)).toEqual({ headers: {}, ...vector.message })
      else throw new Error('the vector expects neither a message nor an error: give it one')
    })
  })
}

it('every binding has its vectors', () => {
  const folders = readdirSync(new URL('../adapters/', import.meta.url), { withFileTypes: true })
  const bindings = folders.filter(
    (entry) => entry.isDirectory() && entry.name !== 'core' && entry.name !== 'memory',
  )
  expect(files.map((file) => file.replace('.json', ''))).toEqual(
    expect.arrayContaining(bindings.map(({ name }) => name)),
  )
})

async function factoryOf(name: string): Promise<(options?: BindingOptions) => Binding> {
  const module: Readonly<Record<string, unknown>> = await import(
    `../adapters/${name === 'jetstream' ? 'nats' : name}/binding.ts`
  )
  const factory = module[`${name}Binding`]
  if (typeof factory !== 'function')
    throw new Error(`adapters/${name}/binding.ts has no ${name}Binding: export it`)
  return (options) => factory(options)
}

function decoded(
  binding: Binding,
  vector: DecodeVector,
  warn?: (warning: Warning) => void,
): readonly CloudEvent[] {
  const message = messageOf(vector.message)
  if (vector.events === undefined) return [binding.decode(message, vector.origin, warn)]
  return batchOf(binding).decodeBatch(message, warn)
}

function encoded(binding: Binding, { event, events, mode, key, headers }: EncodeVector): Message {
  if (events !== undefined) return batchOf(binding).encodeBatch(events.map(eventOf))
  return binding.encode(eventOf(event ?? {}), { mode, key, headers })
}

function batchOf(binding: Binding): BatchBinding {
  if (hasBatches(binding)) return binding
  throw new Error(`${binding.name} has no batches: give the vector one event`)
}

function hasBatches(binding: Binding): binding is BatchBinding {
  return 'decodeBatch' in binding && 'encodeBatch' in binding
}

function expectError(
  error: unknown,
  type: typeof DecodeError | typeof InvalidEventError,
  { code, rules }: VectorError,
): void {
  expect(error).toBeInstanceOf(type)
  expect(error).toMatchObject({ code })
  if (!(error instanceof type)) return
  expect(error.violations.map(({ attribute, rule }) => `${attribute}: ${rule}`)).toEqual(rules)
}
