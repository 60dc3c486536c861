import { describe, expect, it } from '@jest/globals'
import { importFaults } from './architecture/imports.ts'
import { readSource } from './architecture/source.ts'
import { lengthFaults, printFaults, wordFaults } from './architecture/style.ts'
import { readTree } from './architecture/tree.ts'

const tree = readTree()

function faultsOf(path: string, text: string): readonly string[] {
  return importFaults(readSource({ path, text }))
}

/** One import statement as the whole file. */
function importing(path: string, specifier: string): readonly string[] {
  return faultsOf(path, `import '${specifier}'`)
}

describe('the tree', () => {
  it('is read', () => {
    expect(tree.map(({ path }) => path)).toContain('adapters/core/driver.ts')
  })

  it('imports in one direction', () => {
    expect(tree.flatMap(importFaults)).toEqual([])
  })

  it('has no file past the ceiling', () => {
    expect(tree.flatMap(lengthFaults)).toEqual([])
  })

  it('names things', () => {
    expect(tree.flatMap(wordFaults)).toEqual([])
  })

  it('prints nothing from the library', () => {
    expect(tree.flatMap(printFaults)).toEqual([])
  })
})

describe('reading a file', () => {
  it.each([
    ["import { a } from './x.ts'", './x.ts', false, false],
    ["import './x.ts'", './x.ts', false, false],
    ["import * as x from './x.ts'", './x.ts', false, false],
    ["import type { A } from './x.ts'", './x.ts', true, false],
    ["import { type A } from './x.ts'", './x.ts', false, false],
    ["export { a } from './x.ts'", './x.ts', false, false],
    ["export type { A } from './x.ts'", './x.ts', true, false],
    ["export * from './x.ts'", './x.ts', false, false],
    ["export * as x from './x.ts'", './x.ts', false, false],
    ["export type * from './x.ts'", './x.ts', true, false],
    ["type A = import('./x.ts').A", './x.ts', true, false],
    ["type A = typeof import('./x.ts')", './x.ts', true, false],
    ["const load = async () => await import('./x.ts').catch(fail)", './x.ts', false, true],
    ['const load = () => import(`./x.ts`)', './x.ts', false, true],
    [`const load = (name: string) => import(\`./\${name}.ts\`)`, undefined, false, true],
    ['const load = (name: string) => import(name)', undefined, false, true],
  ])('finds the import of %s', (text, specifier, typeOnly, dynamic) => {
    expect(readSource({ path: 'a.ts', text }).imports).toEqual([{ specifier, typeOnly, dynamic }])
  })

  it('takes no import from text that only looks like one', () => {
    const text = "// import './x.ts'\nconst text = \"import './x.ts'\"\nexport const a = /import('b')/\n"
    expect(readSource({ path: 'a.ts', text }).imports).toEqual([])
  })

  it.each([
    ['export function name() {}', ['name']],
    ['export class Name {}', ['Name']],
    ['export interface Name { a: 1 }', ['Name']],
    ['export type Name = 1', ['Name']],
    ['export const a = 1, b = 2', ['a', 'b']],
    ['export const { a, b: c, ...d } = f(), [e = 1] = g()', ['a', 'c', 'd', 'e']],
    ['const a = 1\nexport { a, a as b }', ['a', 'b']],
    ["export * as name from './x.ts'", ['name']],
  ])('finds the exports of %s', (text, names) => {
    expect(readSource({ path: 'a.ts', text }).exports).toEqual(names)
  })
})

describe('a rule refuses', () => {
  it.each([
    ['core → a broker', 'adapters/core/connect.ts', '../memory/driver.ts', 'core imports core only'],
    ['core → the entry', 'adapters/core/connect.ts', '../index.ts', 'core imports core only'],
    ['core → a package', 'adapters/core/json.ts', 'zod', 'core has no dependency'],
    ['core → the code of cloudevents', 'adapters/core/event.ts', 'cloudevents', 'core has no dependency'],
    ['core → a Node module', 'adapters/core/event.ts', 'node:crypto', 'core and memory run without Node'],
    ['memory → a Node module', 'adapters/memory/driver.ts', 'events', 'core and memory run without Node'],
    ['memory → a package', 'adapters/memory/driver.ts', 'kafkajs', 'its own client only'],
    ['a broker → another', 'adapters/kafka/driver.ts', '../nats/binding.ts', 'core and itself only'],
    [
      'a broker → a function',
      'adapters/kafka/driver.ts',
      '../../functions/a/handler.ts',
      'core and itself only',
    ],
    [
      "a broker → another's client",
      'adapters/nats/driver.ts',
      '@google-cloud/pubsub/x',
      'its own client only',
    ],
    ['a broker → its client, eagerly', 'adapters/kafka/driver.ts', 'kafkajs', 'a client is imported lazily'],
    ['the entry → a function', 'adapters/index.ts', '../functions/a/handler.ts', 'imports adapters only'],
    [
      'the entry → the code of cloudevents',
      'adapters/index.ts',
      'cloudevents',
      'only adapters/sdk.ts imports',
    ],
    ['the entry → the sdk entry', 'adapters/index.ts', './sdk.ts', 'its entry stands alone'],
    ['the sdk entry → another package', 'adapters/sdk.ts', 'zod', 'imports no package'],
    ['a function → the code of cloudevents', 'functions/a/handler.ts', 'cloudevents', 'only adapters/sdk.ts'],
    ['the entry → a package', 'adapters/index.ts', 'zod', 'imports no package'],
    [
      'a host → a driver',
      'functions/hosts/worker.ts',
      '../../adapters/kafka/driver.ts',
      'core and bindings only',
    ],
    ['a host → the entry', 'functions/hosts/http.ts', '../../adapters/index.ts', 'core and bindings only'],
    ['a host → a client', 'functions/hosts/http.ts', '@google-cloud/pubsub', 'no broker client'],
    [
      'a function → a broker',
      'functions/a/handler.ts',
      '../../adapters/kafka/index.ts',
      'a function imports',
    ],
    ['a function → another', 'functions/a/handler.ts', '../b/handler.ts', 'a function imports'],
    ["a function → another's options", 'functions/a/handler.ts', '../b/options.ts', 'a function imports'],
    ['what functions share → a function', 'functions/options.ts', './a/options.ts', 'a function imports'],
    ['a host → what functions share', 'functions/hosts/http.ts', '../options.ts', 'core and bindings only'],
    ['a function → a client', 'functions/a/handler.ts', 'kafkajs', 'no broker client'],
    ['core → cli', 'adapters/core/connect.ts', '../../cli/main.ts', 'core imports core only'],
    ['a function → test', 'functions/a/handler.ts', '../../test/a.ts', 'what ships imports only what ships'],
    ['a function → cli', 'functions/a/handler.ts', '../../cli/config/index.ts', 'a function imports'],
    ['cli → bench', 'cli/main.ts', '../bench/main.ts', 'what ships imports only what ships'],
    [
      'conformance → scripts',
      'test/conformance/index.ts',
      '../../scripts/build.ts',
      'what ships imports only what ships',
    ],
    ['dev → cli', 'dev/kafka.ts', '../cli/main.ts', 'dev imports adapters and itself only'],
    ['anything → itself by name', 'examples/a.ts', 'waybill/memory', 'imports itself by relative paths'],
  ])('%s', (_name, from, specifier, rule) => {
    expect(importing(from, specifier)).toEqual([expect.stringContaining(rule)])
  })

  it.each([
    ["import type { A } from '../memory/driver.ts'"],
    ["type A = import('../memory/driver.ts').A"],
    ["export type * from '../memory/driver.ts'"],
    ["const load = () => import('../memory/driver.ts')"],
  ])('a wrong direction in whatever form: %s', (text) => {
    expect(faultsOf('adapters/core/connect.ts', text)).toHaveLength(1)
  })

  it('a computed import in the library', () => {
    const text = 'export const load = (name: string) => import(name)'
    expect(faultsOf('adapters/core/connect.ts', text)).toEqual([expect.stringContaining('literal names')])
    expect(faultsOf('cli/load.ts', text)).toEqual([])
  })

  it('a file of 401 lines, not one of 400', () => {
    const lines = (count: number) => ({ path: 'a.ts', text: '//\n'.repeat(count) })
    expect(lengthFaults(lines(401))).toEqual(['a.ts: 401 lines, at most 400'])
    expect(lengthFaults(lines(400))).toEqual([])
  })

  it.each([
    ['adapters/core/event-manager.ts', ''],
    ['adapters/utils/text.ts', ''],
    ['adapters/core/helpers.ts', ''],
    ['adapters/core/a.ts', 'export class BaseDriver {}'],
    ['adapters/core/a.ts', 'export const EventService = 1'],
    ['adapters/core/a.ts', 'export type AbstractBroker = 1'],
    ['adapters/core/a.ts', 'export function testHelper() {}'],
    ['adapters/core/a.ts', 'export const HTTPUtil = 1'],
    ['adapters/core/a.ts', 'const a = 1\nexport { a as BASE_URL }'],
  ])('an empty word in %s %s', (path, text) => {
    expect(wordFaults(readSource({ path, text }))).toHaveLength(1)
  })

  it('no word that merely holds an empty one', () => {
    const text = 'export const decodeBase64 = 1, database = 2, utility = 3, managed = 4'
    expect(wordFaults(readSource({ path: 'adapters/core/a.ts', text }))).toEqual([])
  })

  it.each([
    ['adapters/core/a.ts', "console.log('a')"],
    ['functions/a/handler.ts', "console['error']('a')"],
    ['functions/a/handler.ts', "process.stdout.write('a')"],
  ])('printing from %s: %s', (path, text) => {
    expect(printFaults(readSource({ path, text }))).toHaveLength(1)
    expect(printFaults(readSource({ path: 'cli/a.ts', text }))).toEqual([])
  })
})

describe('a rule allows', () => {
  it.each([
    ['adapters/core/connect.ts', "import { a } from './driver.ts'"],
    ['adapters/core/event.ts', "import type { CloudEventV1 } from 'cloudevents'"],
    ['adapters/sdk.ts', "import { CloudEvent } from 'cloudevents'"],
    ['test/sdk/a.test.ts', "import { CloudEvent } from 'cloudevents'"],
    ['adapters/memory/index.ts', "export { driver } from './driver.ts'"],
    ['adapters/memory/driver.ts', "import { a } from '../core/index.ts'"],
    ['adapters/kafka/driver.ts', "import type { Kafka } from 'kafkajs'"],
    ['adapters/kafka/driver.ts', "const client = await import('kafkajs')"],
    ['adapters/kafka/driver.ts', "import { once } from 'node:events'"],
    ['adapters/index.ts', "export * from './core/index.ts'"],
    ['functions/hosts/lambda-kafka.ts', "import { binding } from '../../adapters/kafka/binding.ts'"],
    ['functions/hosts/worker.ts', "import { runner } from '../../adapters/core/index.ts'"],
    ['functions/a/handler.ts', "import { TerminalError } from '../../adapters/index.ts'"],
    ['functions/a/handler.ts', "import { parse } from 'csv-parse'"],
    ['functions/a/handler.ts', "import { parseOptions } from '../options.ts'"],
    ['functions/options.ts', "import { nearest } from '../adapters/core/index.ts'"],
    ['functions/a/worker.ts', "import { worker } from '../hosts/worker.ts'"],
    ['cli/main.ts', "import { kafka } from '../adapters/kafka/index.ts'"],
    ['test/cli/main.test.ts', "import { main } from '../../cli/main.ts'"],
    ['bench/main.ts', "import { cases } from '../test/conformance/index.ts'"],
    ['waybill.config.ts', "import { defineConfig } from './cli/config/index.ts'"],
  ])('%s: %s', (path, text) => {
    expect(faultsOf(path, text)).toEqual([])
  })
})
