import { describe, expect, it } from '@jest/globals'
import { documentedExtensions } from '../../adapters/core/extensions.ts'
import { decodeJson } from '../../adapters/core/json.ts'
import { layoutOf } from '../../adapters/core/layout.ts'
import { eventOfLayout, startOf } from '../../adapters/core/layout-event.ts'
import { Layouts } from '../../adapters/core/layouts.ts'
import { readOptionsOf } from '../../adapters/core/read-options.ts'
import { sniff } from '../../adapters/core/sniff.ts'
import { growth, quadratic } from '../fastest.ts'
import { bytesOf, envelope, thrownBy } from './events.ts'

const orders = envelope('"tenant":"a","data":{"n":1}')

function taught(json: string, times = 500, layouts = new Layouts(documentedExtensions)): Layouts {
  for (let i = 0; i < times; i++) layouts.learn(JSON.parse(json), json)
  return layouts
}

describe('the layouts of events', () => {
  it('are learned of a document among many, and then read documents that differ in their values', () => {
    const layouts = new Layouts(documentedExtensions)
    taught(orders, 499, layouts)
    expect(layouts.read(orders)).toBeUndefined()
    taught(orders, 1, layouts)
    expect(layouts.read(orders.replace('"a"', '"b c"'))).toMatchObject({ tenant: 'b c', data: { n: 1 } })
    expect(layouts.read(envelope('"data":1'))).toBeUndefined()
  })

  it('are looked for by every reader that leaves no attribute out', () => {
    for (const options of [
      { strip: undefined },
      readOptionsOf({}).of(),
      readOptionsOf({ strict: true }).of(),
    ]) {
      for (let i = 0; i < 500; i++) decodeJson(bytesOf(orders), options)
      const event = decodeJson(bytesOf(orders), options)
      expect([event.id, event.tenant, event.data]).toEqual(['1', 'a', { n: 1 }])
    }
    expect(readOptionsOf({ strip: ['tenant'] }).of().layouts).toBeUndefined()
  })

  it('take more kinds of values when these come', () => {
    const layouts = taught(orders)
    const other = envelope('"tenant":"K\\u00f6ln","data":{"n":1}').replace('"/orders"', '"urn:orders"')
    expect(layouts.read(other)).toBeUndefined()
    taught(other, 64, layouts)
    expect(layouts.read(other)).toMatchObject({ source: 'urn:orders', tenant: 'Köln' })
    expect(layouts.read(orders)).toMatchObject({ source: '/orders', tenant: 'a' })
  })

  it('are as many as producers have, up to four', () => {
    const layouts = new Layouts(documentedExtensions)
    const documents = ['a', 'b', 'c', 'd'].map((name) => envelope(`"${name}":"a","data":1`))
    for (let i = 0; i < 4_000; i++) {
      const json = documents[i % 4] ?? ''
      if (layouts.read(json) === undefined) layouts.learn(JSON.parse(json), json)
    }
    expect(documents.map((json) => layouts.read(json)?.data)).toEqual([1, 1, 1, 1])
  })

  it('are given up where they seldom fit, and learned again', () => {
    const layouts = taught(orders)
    for (let i = 0; i < 49; i++) expect(layouts.read(envelope())).toBeUndefined()
    expect(layouts.read(orders)).toBeUndefined()
    expect(taught(orders, 999, layouts).read(orders)).toBeUndefined()
    expect(taught(orders, 1, layouts).read(orders)).toMatchObject({ tenant: 'a' })
  })

  it('with attributes behind the data are asked first, since the others would parse these with the data', () => {
    const behind = envelope('"tenant":"a","data":{"n":1},"region":"eu"')
    const layouts = taught(behind, 64, taught(orders))
    for (let i = 0; i < 500; i++) {
      expect(layouts.read(behind)?.region).toBe('eu')
      expect(layouts.read(orders)?.data).toEqual({ n: 1 })
    }
  })

  it('do not make malformed data an event', () => {
    const options = { extensions: documentedExtensions, layouts: taught(orders) }
    for (const data of ['{"n":', '', '1,2', 'undefined', '{"n":1}}', '"a'])
      expect(
        thrownBy(() => decodeJson(bytesOf(envelope(`"tenant":"a","data":${data}`)), options)),
      ).toMatchObject({
        code: 'ERR_DECODE',
        message: expect.stringContaining('not valid JSON'),
      })
  })

  it('leave warnings to the reader that parses the document, which says each once', () => {
    const warnings: string[] = []
    const lenient = ({ leniency }: { readonly leniency: string }) => warnings.push(leniency)
    const timed = envelope('"time":"2026-01-31T00:00:00Z","sampledrate":7')
    const layouts = taught(timed)
    taught(
      timed.replace('"2026-01-31T00:00:00Z"', '"2024-02-29T00:00:00Z"').replace('7', '"8"'),
      1_000,
      layouts,
    )
    const broken = timed.replace('"2026-01-31T00:00:00Z"', '"soon"').replace('7', '"often"')
    const event = sniff(bytesOf(broken), undefined, { lenient, extensions: documentedExtensions, layouts })
    expect([event?.time, event?.sampledrate, warnings]).toEqual([
      undefined,
      'often',
      ['dropped-attribute', 'extension-type'],
    ])
  })

  it.each([
    ['a name that is none of an attribute', '"X":"a"'],
    ['a name that objects inherit', '"__proto__":"a"'],
    ['a name of digits, which objects move to the front', '"7":"a"'],
    ['a long name', `"${'a'.repeat(65)}":"a"`],
    ['more members than any event has', Array.from({ length: 21 }, (_, i) => `"a${i}":"a"`).join()],
  ])('are not made of %s', (_, members) => {
    const json = envelope(members)
    expect(taught(json).read(json)).toBeUndefined()
  })

  it.each([
    ['a long text', `"${'a'.repeat(20)}"`, (size: number) => `"${'a'.repeat(size)}"`],
    ['a text without an end', '"a"', (size: number) => `"${'a'.repeat(size)}`],
    ['many segments', '"a"', (size: number) => `"a","source":"${'/a'.repeat(size / 2)}"`],
    ['many escapes', '"\\n"', (size: number) => `"${'\\n'.repeat(size / 2)}"`],
    ['much space', '"a"', (size: number) => `"a"${' '.repeat(size)}`],
    ['much space behind', '"a"', (size: number) => `"a","data":1}${' '.repeat(size)}`],
    ['many names', '"a"', (size: number) => `"a","data":1${',"b":'.repeat(size / 5)}`],
  ])('take no longer than the length of a document: %s', (_, learned, shape) => {
    const layouts = ['', ',"data":1', ',"data":1,"b":2'].map((end) => {
      const known = envelope(`"tenant":${learned}${end}`)
      return layoutOf(JSON.parse(known), known, documentedExtensions)
    })
    const read = (text: string) =>
      layouts.map((layout) => {
        const found = layout?.head.exec(startOf(text))
        return layout && found && eventOfLayout(layout, found, text)
      })
    const json = (size: number) => envelope(`"tenant":${shape(size)}`)
    expect(growth(read, json, 1_048_576)).toBeLessThan(quadratic)
  })
})
