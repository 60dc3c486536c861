import { describe, expect, it } from '@jest/globals'
import { dataOf } from '../../adapters/core/data.ts'
import type { CloudEvent } from '../../adapters/core/event.ts'
import { documentedExtensions } from '../../adapters/core/extensions.ts'
import { isRecord } from '../../adapters/core/is-record.ts'
import { decodeJson } from '../../adapters/core/json.ts'
import { type Layout, layoutOf } from '../../adapters/core/layout.ts'
import { eventOfLayout, startOf } from '../../adapters/core/layout-event.ts'
import { Random } from '../wires/random.ts'
import { bytesOf } from './events.ts'

type Member = readonly [name: string, value: string]

const required: readonly Member[] = [
  ['specversion', '"1.0"'],
  ['id', '"a1b2c3-0001"'],
  ['source', '"/orders/eu"'],
  ['type', '"com.example.order.created"'],
]
const more: readonly Member[] = [
  ...required,
  ['subject', '"customer-1"'],
  ['time', '"2026-01-31T12:00:00.123456Z"'],
  ['datacontenttype', '"application/json"'],
  ['tenant', '"tenant-1"'],
]
const data: Member = ['data', '{"order":9007199254740993,"lines":[{"a":"}"},{"b":"\\"region\\""}]}']

/** Documents as producers write them; what each test mutates. */
const documents: Readonly<Record<string, readonly Member[]>> = {
  'all there is': [...more, data],
  'no data': more,
  'the required ones alone': required,
  'attributes behind the data': [...more, data, ['region', '"eu"'], ['sampledrate', '5']],
  'other types of value': [
    ...required,
    ['count', '-12'],
    ['flag', 'true'],
    ['nothing', 'null'],
    ['city', '"Köln"'],
    ['sampledrate', '"7"'],
    ['dssematerial', '"AAEC"'],
    data,
  ],
  'rules that need a look': [
    ...required.filter(([name]) => name !== 'source'),
    ['source', '"urn:orders"'],
    ['dataschema', '"https://example.com/a.json"'],
    ['datacontenttype', '"text/plain; charset=utf-8"'],
    ['data', '"a text"'],
  ],
  bytes: [...more, ['data_base64', '"AAECAw=="']],
  'bytes of JSON before an attribute': [...required, ['data_base64', '"eyJhIjoxfQ=="'], ['region', '"eu"']],
}

const values = [
  ...[
    '""',
    '" "',
    '"a"',
    '"1.0"',
    '"0.3"',
    '"/"',
    '"/a/b c"',
    '"urn:a"',
    '"a:b%"',
    '"2026-02-29T00:00:00Z"',
    '"x"',
  ],
  ...[
    '"2024-02-29T23:59:60Z"',
    '"text/plain"',
    '"application/JSON"',
    '"application/json"',
    '"é"',
    '"\\u00e9"',
    '"\\/a"',
  ],
  ...[
    '"\\"',
    '"\\\\"',
    '"a\\nb"',
    '"a\nb"',
    '"\\ud800"',
    '"\u007f"',
    '"\u2028"',
    '"😀"',
    '"\\u0000"',
    '"AAEC"',
    '"AA=="',
  ],
  ...[
    '5',
    '-0',
    '00',
    '1.5',
    '2147483648',
    '1e3',
    'true',
    'false',
    'null',
    'undefined',
    '[]',
    '{}',
    '{"a":1}',
    '[1,',
  ],
  ...[
    '"a","x":"b"',
    '"a","id":"again"',
    '1}',
    '1},{"a":1',
    '{"data":{"a":1}}',
    `"${'x'.repeat(1200)}"`,
    '{"__proto__":1}',
  ],
  ...[`{"a":"${'y'.repeat(1100)}"}`, `"${'\\n'.repeat(1100)}"`, '"_-=="', '"', '"AAECAw="', ''],
]
const names = [
  'id',
  'data',
  'data_base64',
  '__proto__',
  'constructor',
  'x',
  'X',
  '',
  '1',
  'datacontenttype',
  'i\\u0064',
]
const noise = ['"', '\\', ',', '}', '{', ' ', '\n', '\t', ':', 'a', '\ufeff', '\u0000', 'é']
/** Space between members and behind colons. */
const styles = [
  [',', ':'],
  [', ', ': '],
  [' ,', ' :'],
  [',\n  ', ': '],
] as const

function written(members: readonly Member[], [comma, colon]: readonly [string, string] = [',', ':']): string {
  return `{${members.map(([name, value]) => `"${name}"${colon}${value}`).join(comma)}}`
}

function mutated(members: readonly Member[], random: Random): string {
  const changed = [...members]
  const style = random.chance(0.8) ? styles[0] : random.pick(styles)
  for (let changes = random.below(3); changes > 0; changes--) {
    const at = random.below(changed.length)
    const [name = '', value = ''] = changed[at] ?? []
    const kind = random.below(10)
    if (kind < 6) changed[at] = [name, random.pick(values)]
    else if (kind === 6)
      changed.splice(random.below(changed.length + 1), 0, [random.pick(names), random.pick(values)])
    else if (kind === 7) changed.splice(at, 1)
    else if (kind === 8) changed[at] = [random.pick(names), value]
    else changed.splice(random.below(changed.length), 0, ...changed.splice(at, 1))
  }
  const text = written(changed, style)
  if (random.chance(0.8)) return text
  const at = random.below(text.length + 1)
  return text.slice(0, at) + random.pick(noise) + text.slice(at + random.below(2))
}

/** What there is to see of an event: own properties in their order, and the data as they would be relayed. */
function seen(event: CloudEvent): string {
  const wire = dataOf(event)
  const bytes = wire === undefined ? 'none' : Buffer.from(wire.bytes()).toString('hex')
  const shown = Object.keys(event).map((name) => [name, name === 'data' ? valueOrError(event) : event[name]])
  return JSON.stringify([shown, wire?.form, wire?.isKnownJson, bytes])
}

function valueOrError(event: CloudEvent): unknown {
  try {
    return event.data
  } catch (error) {
    return String(error)
  }
}

function layoutOfText(json: string, others: readonly Layout[] = []): Layout | undefined {
  const members: unknown = JSON.parse(json)
  return isRecord(members) ? layoutOf(members, json, documentedExtensions, others) : undefined
}

describe.each(Object.entries(documents))('a document by its layout: %s', (_, members) => {
  const plain = written(members)
  const layout = layoutOfText(plain)

  it('is read', () => {
    const found = layout?.head.exec(startOf(plain))
    expect(layout !== undefined && found != null && eventOfLayout(layout, found, plain)).toBeTruthy()
  })

  it('is read as without the layout, strictly and with no leniency, or not at all, whatever becomes of it', () => {
    const random = new Random(20_262)
    const layouts = [layout]
    let read = 0
    for (let count = 0; count < 14_000; count++) {
      const json = mutated(members, random)
      for (const known of layouts) {
        const found = known?.head.exec(startOf(json))
        const event = known && found ? eventOfLayout(known, found, json) : undefined
        if (event === undefined) continue
        read++
        const fast = seen(event)
        const slow = seen(decodeJson(bytesOf(json), { extensions: documentedExtensions }))
        if (fast !== slow) expect([json, fast]).toEqual([json, slow])
      }
      // What is learned on the way takes more kinds of values.
      if (layouts.length < 6 && random.chance(0.01)) layouts.push(learned(json, layouts))
    }
    expect(read).toBeGreaterThan(2_000)
  })
})

function learned(json: string, others: readonly (Layout | undefined)[]): Layout | undefined {
  try {
    return layoutOfText(
      json,
      others.filter((other) => other !== undefined),
    )
  } catch {
    return undefined
  }
}
