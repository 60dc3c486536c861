import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { CloudEvent } from '../../adapters/core/event.ts'
import { violationsOf } from '../../adapters/core/validate.ts'
import { arbEvent, arbExtensionName, arbNonEmptyString, arbString } from './arbitraries.ts'

describe('a mutation that breaks one rule', () => {
  interface Mutation {
    readonly attribute: string
    readonly value: unknown
  }
  interface Mutator {
    readonly breaks: string
    readonly how: string
    readonly mutation: fc.Arbitrary<Mutation>
  }

  /** The same mutations for several attributes. */
  function mutate(
    breaks: string,
    how: string,
    attributes: readonly string[],
    value: fc.Arbitrary<unknown>,
  ): Mutator {
    return { breaks, how, mutation: fc.record({ attribute: fc.constantFrom(...attributes), value }) }
  }
  function mutateExtension(breaks: string, how: string, value: fc.Arbitrary<unknown>): Mutator {
    return { breaks, how, mutation: fc.record({ attribute: arbExtensionName, value }) }
  }
  function insert(text: fc.Arbitrary<string>, bad: fc.Arbitrary<string>): fc.Arbitrary<string> {
    // An ASCII letter on both sides keeps a surrogate alone.
    return fc.tuple(text, bad, text).map(([before, character, after]) => `${before}a${character}a${after}`)
  }

  const required = ['specversion', 'id', 'source', 'type']
  const texts = ['id', 'source', 'type', 'subject', 'time', 'datacontenttype', 'dataschema']
  const control = fc
    .oneof(fc.integer({ min: 0, max: 0x1f }), fc.integer({ min: 0x7f, max: 0x9f }))
    .map((code) => String.fromCharCode(code))
  const noncharacter = fc.oneof(
    fc.integer({ min: 0xfdd0, max: 0xfdef }).map((code) => String.fromCodePoint(code)),
    fc
      .tuple(fc.integer({ min: 0, max: 16 }), fc.constantFrom(0xfffe, 0xffff))
      .map(([plane, rest]) => String.fromCodePoint(plane * 0x10000 + rest)),
  )
  const surrogate = fc.integer({ min: 0xd800, max: 0xdfff }).map((code) => String.fromCharCode(code))
  const wrongForAll = fc.oneof(
    fc.constant(null),
    fc.object(),
    fc.array(fc.string()),
    fc.bigInt(),
    fc.date(),
    fc.constantFrom(() => 1, Symbol('x'), new Map(), new Uint16Array(1)),
    fc.double({ noInteger: true }),
  )
  const wrongForStandard = fc.oneof(wrongForAll, fc.integer(), fc.boolean(), fc.uint8Array())
  const spaced = fc.stringMatching(/^[a-z]{0,5} [a-z]{0,5}$/)

  const mutators: readonly Mutator[] = [
    mutate('required', 'leaves it out', required, fc.constant(undefined)),
    mutate(
      'specversion',
      'takes another version',
      ['specversion'],
      fc.oneof(
        fc.constantFrom('0.3', '1.1', '1.0 ', '1', ''),
        arbString.filter((text) => text !== '1.0'),
      ),
    ),
    mutate('type', 'is no string', [...required, ...texts], wrongForStandard),
    mutateExtension('type', 'has no CloudEvents type', wrongForAll),
    mutate('non-empty', 'empties it', ['id', 'source', 'type', 'subject', 'dataschema'], fc.constant('')),
    mutate('charset', 'holds a control character', texts, insert(arbString, control)),
    mutate('charset', 'holds a noncharacter', texts, insert(arbString, noncharacter)),
    mutate('charset', 'holds a lone surrogate', texts, insert(arbString, surrogate)),
    mutateExtension(
      'charset',
      'holds what no String may',
      insert(arbString, fc.oneof(control, noncharacter, surrogate)),
    ),
    mutateExtension(
      'int32',
      'is above the range',
      fc.integer({ min: 2 ** 31, max: Number.MAX_SAFE_INTEGER }),
    ),
    mutateExtension(
      'int32',
      'is below the range',
      fc.integer({ min: Number.MIN_SAFE_INTEGER, max: -(2 ** 31) - 1 }),
    ),
    mutate('uri-reference', 'holds a space', ['source'], spaced),
    mutate('uri-reference', 'is not ASCII', ['source'], fc.stringMatching(/^\/[a-z]{0,5}[à-ü]$/)),
    mutate(
      'uri-reference',
      'has a broken triplet',
      ['source'],
      fc.stringMatching(/^\/[a-z]{0,5}%[g-z][0-9a-f]?$/),
    ),
    mutate(
      'uri-reference',
      'has a colon and no scheme',
      ['source'],
      fc.stringMatching(/^[0-9]{1,5}:[a-z]{0,5}$/),
    ),
    mutate('uri', 'is relative', ['dataschema'], fc.stringMatching(/^[/#?]?[a-z]{1,5}\/[a-z]{0,5}$/)),
    mutate(
      'uri',
      'holds a space',
      ['dataschema'],
      spaced.map((text) => `https://example.com/${text}`),
    ),
    mutate('rfc3339', 'is prose', ['time'], arbNonEmptyString),
    mutate(
      'rfc3339',
      'lacks the offset',
      ['time'],
      fc.date({ noInvalidDate: true }).map((date) => date.toISOString().slice(0, -1)),
    ),
    mutate(
      'rfc3339',
      'is a day that does not exist',
      ['time'],
      fc.constantFrom('02-30', '04-31', '13-01', '00-10', '01-32').map((day) => `2024-${day}T00:00:00Z`),
    ),
    mutate(
      'rfc3339',
      'has a wrong offset',
      ['time'],
      fc
        .constantFrom('+24:00', '-00:60', '+1:00', '+0100', ' Z', '')
        .map((offset) => `2024-02-29T00:00:00${offset}`),
    ),
    mutate('rfc3339', 'is epoch milliseconds', ['time'], fc.nat().map(String)),
    mutate('media-type', 'has no subtype', ['datacontenttype'], fc.stringMatching(/^[a-z]{0,9}\/?$/)),
    mutate(
      'media-type',
      'has a broken parameter',
      ['datacontenttype'],
      fc.stringMatching(/^[a-z]{1,5}\/[a-z]{1,5};[a-z]{1,5}(=|="|="\\|= a)?$/),
    ),
    mutate(
      'base64',
      'is not base64',
      ['data_base64'],
      fc.oneof(
        fc.stringMatching(/^[A-Za-z0-9]{4}[-_*? ]{4}$/),
        fc.stringMatching(/^[A-Z]{5}$/),
        wrongForStandard,
      ),
    ),
    mutate('data-exclusive', 'comes with data', ['data_base64'], fc.constantFrom('AQIDBAUGBwgJ', '////')),
    {
      breaks: 'name',
      how: 'has a character that is not allowed',
      mutation: fc.record({
        attribute: fc.oneof(
          insert(
            fc.stringMatching(/^[a-z0-9]*$/),
            fc.constantFrom('_', '-', '.', ' ', 'A', 'Z', 'é', '/', ':', '`', '{', '\u0000'),
          ),
          fc.constantFrom('', 'hasOwnProperty', 'toString', 'data_base', 'DATA'),
        ),
        value: arbString,
      }),
    },
  ]

  it.each(mutators)('is rejected by "$breaks": the attribute $how', ({ breaks, mutation }) => {
    fc.assert(
      fc.property(arbEvent(), mutation, (event: CloudEvent, { attribute, value }) => {
        const { data, ...attributes } = event
        // Encoded data excludes data; the other mutations leave data as they are.
        const kept =
          breaks === 'data-exclusive' ? { data: data ?? null } : attribute === 'data_base64' ? {} : event
        const violations = violationsOf({ ...attributes, ...kept, [attribute]: value })
        const culprit = breaks === 'data-exclusive' ? 'data' : attribute
        expect(violations).toEqual([{ attribute: culprit, rule: breaks, message: expect.any(String) }])
      }),
    )
  })

  it('covers every rule but that the event is an object', () => {
    expect([...new Set(mutators.map(({ breaks }) => breaks))].sort()).toEqual([
      'base64',
      'charset',
      'data-exclusive',
      'int32',
      'media-type',
      'name',
      'non-empty',
      'required',
      'rfc3339',
      'specversion',
      'type',
      'uri',
      'uri-reference',
    ])
  })
})
