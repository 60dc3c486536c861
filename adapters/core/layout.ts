import type { ExtensionType } from './extensions.ts'
import { isAttributeName } from './rules.ts'
import { usualTimestamp } from './timestamp.ts'
import { usualReference } from './uri.ts'

/** Members, and letters of their names, at most: senders choose both. */
const mostMembers = 24
const longestName = 64

/** The members of a JSON event in their order, as patterns that find the value of each. */
export interface Layout {
  /** What tells layouts apart. */
  readonly names: string
  readonly attributes: readonly PlacedAttribute[]
  readonly contentType: PlacedAttribute | undefined
  readonly data: 'data' | 'data_base64' | undefined
  /** Matches from the start to where the value of the data begins; without data, all of a document. */
  readonly head: RegExp
  /** What stands behind the data, if attributes do. */
  readonly tail: Tail | undefined
}

export interface Tail {
  /** Matches from the comma to the end. */
  readonly pattern: RegExp
  /** The name of the first member, in its quotes. */
  readonly opening: string
}

export interface PlacedAttribute {
  readonly name: string
  readonly type: ExtensionType | undefined
  readonly kind: ValueKind
  /** What the pattern finds keeps the attribute's rule. */
  readonly isUsual: boolean
  /** The value of kind `constant`. */
  readonly constant: string | undefined
  readonly isInTail: boolean
  /** Of the group that has the value, if it is not constant. */
  readonly group: number
}

/**
 * What values look like, each kind with more of them: one that most events share; texts that keep the attribute's rule for
 * certain; ASCII written without escapes; any text, whole number, boolean or null.
 */
type ValueKind = (typeof kinds)[number]
const kinds = ['constant', 'usual', 'text', 'any'] as const

const plainText = /^[ !#-[\]-~]+$/
const anyValue = '"(?:[^"\\\\]|\\\\.){0,1000}"|-?[0-9]{1,10}|true|false|null'
const space = ' ?'
const comma = `${space},${space}`
const colon = `${space}:${space}`
const closing = `${space}\\}[ \\t\\r\\n]*$`

/**
 * The layout of a document, given with what was parsed of it; `undefined` where its members are not those of an event. Where
 * one of `others` has the same names, this one is for the documents of both, or `undefined` where that one is already.
 */
export function layoutOf(
  members: Readonly<Record<string, unknown>>,
  json: string,
  extensions: ReadonlyMap<string, ExtensionType>,
  others: readonly Layout[] = [],
): Layout | undefined {
  const all = Object.keys(members)
  const dataAt = all.findIndex((name) => name === 'data' || name === 'data_base64')
  const attributeNames = all.filter((_, index) => index !== dataAt)
  if (all.length > mostMembers || !attributeNames.every(isNameOfLayout)) return undefined
  const names = all.join()
  const like = others.find((other) => other.names === names)
  const groups = { head: 0, tail: 0 }
  const attributes = attributeNames.map((name, index): PlacedAttribute => {
    const type = extensions.get(name)
    const kind = wider(kindOf(name, type, members[name], json), like?.attributes[index]?.kind)
    const constant = kind === 'constant' ? constantOf(name) : undefined
    const isInTail = dataAt !== -1 && index >= dataAt
    const group = constant !== undefined ? 0 : ++groups[isInTail ? 'tail' : 'head']
    const isUsual = kind === 'constant' || kind === 'usual'
    return { name, type, kind, isUsual, constant, isInTail, group }
  })
  if (like !== undefined && attributes.every(({ kind }, index) => kind === like.attributes[index]?.kind))
    return undefined
  const contentType = attributes.find(({ name }) => name === 'datacontenttype')
  if (contentType?.kind === 'any') return undefined
  return { names, attributes, contentType, ...patternsOf(attributes, all[dataAt]) }
}

/** Patterns are made of legal names only; a name of digits moves to the front of every object. */
function isNameOfLayout(name: string): boolean {
  return name.length <= longestName && isAttributeName(name) && !/^[0-9]/.test(name)
}

function kindOf(name: string, type: ExtensionType | undefined, value: unknown, json: string): ValueKind {
  if (typeof value !== 'string' || !plainText.test(value) || !json.includes(`"${value}"`)) return 'any'
  if (value === constantOf(name)) return 'constant'
  return usualOf(name, type)?.test(value) === true ? 'usual' : 'text'
}

function wider(kind: ValueKind, other: ValueKind = 'constant'): ValueKind {
  return kinds.indexOf(kind) > kinds.indexOf(other) ? kind : other
}

function constantOf(name: string): string | undefined {
  if (name === 'specversion') return '1.0'
  return name === 'datacontenttype' ? 'application/json' : undefined
}

function usualOf(name: string, type: ExtensionType | undefined): RegExp | undefined {
  switch (name) {
    case 'source':
      return usualReference
    case 'time':
      return usualTimestamp
    case 'specversion':
    case 'datacontenttype':
    case 'dataschema':
      return undefined
    default:
      return type === undefined || type === 'String' ? plainText : undefined
  }
}

function patternsOf(attributes: readonly PlacedAttribute[], data: string | undefined) {
  const membersOf = (inTail: boolean): string[] =>
    attributes.filter(({ isInTail }) => isInTail === inTail).map(patternOf)
  const start = `^\\{${space}`
  if (data !== 'data' && data !== 'data_base64') {
    const head = new RegExp(start + membersOf(false).join(comma) + closing)
    return { data: undefined, head, tail: undefined }
  }
  const opening = `"${data}"${colon}${data === 'data' ? '' : '"'}`
  const head = new RegExp(start + [...membersOf(false), opening].join(comma))
  const first = attributes.find(({ isInTail }) => isInTail)
  if (first === undefined) return { data, head, tail: undefined } as const
  const pattern = new RegExp(`^,${space}${membersOf(true).join(comma)}${closing}`)
  return { data, head, tail: { pattern, opening: `"${first.name}"` } } as const
}

function patternOf({ name, type, kind, constant }: PlacedAttribute): string {
  return `"${name}"${colon}${valuePattern(kind, constant, usualOf(name, type) ?? plainText)}`
}

function valuePattern(kind: ValueKind, constant: string | undefined, usual: RegExp): string {
  if (constant !== undefined) return `"${constant.replace('.', '\\.')}"`
  if (kind === 'any') return `(${anyValue})`
  // Without the anchors.
  return `"(${(kind === 'usual' ? usual : plainText).source.slice(1, -1)})"`
}
