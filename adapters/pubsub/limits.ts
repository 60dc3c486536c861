import type { Violation } from '../core/errors.ts'
import { type Message, utf8Length } from '../core/message.ts'
import { quote } from '../core/quote.ts'

/** What Pub/Sub takes (https://cloud.google.com/pubsub/quotas, "Resource limits"); sizes in bytes of UTF-8. */
export const limits = {
  attributes: 100,
  attributeName: 256,
  attributeValue: 1024,
  orderingKey: 1024,
  message: 10_000_000,
} as const

/** Attributes with this beginning are written by Google and its clients; from others they are refused. */
export const reserved = 'goog'

/** No text of so many UTF-16 units is longer than that many bytes: a unit takes three at most. */
const shortName = Math.floor(limits.attributeName / 3)
const shortValue = Math.floor(limits.attributeValue / 3)

/** The first thing that Pub/Sub would refuse, or could not keep, of a message. */
export function misfit({ headers, key }: Message): Violation | undefined {
  let count = 0
  for (const name in headers) {
    count++
    const value = headers[name] ?? ''
    if (name.startsWith(reserved)) return reservedName(name)
    if (name.length > shortName && utf8Length(name) > limits.attributeName) return longName(name)
    if (value.length > shortValue && utf8Length(value) > limits.attributeValue) return longValue(name, value)
  }
  if (count > limits.attributes) return tooMany(count)
  if (key !== undefined && key.length > shortValue && utf8Length(key) > limits.orderingKey)
    return longKey(key)
  return undefined
}

/** The longest beginning of a text that fits the value of an attribute. */
export function fittingValue(text: string): string {
  if (utf8Length(text) <= limits.attributeValue) return text
  let bytes = 0
  let units = 0
  for (const character of text) {
    bytes += utf8Length(character)
    if (bytes > limits.attributeValue) break
    units += character.length
  }
  return text.slice(0, units)
}

function tooMany(count: number): Violation {
  const message = `the message has ${count} Pub/Sub attributes, at most ${limits.attributes}: send fewer headers, or, of an event with many extensions, use mode auto or structured`
  return { attribute: 'event', rule: 'attribute-count', message }
}

function reservedName(name: string): Violation {
  const message = `the attribute ${quote(name)} begins with "${reserved}", which Google keeps to itself: name it otherwise`
  return { attribute: name, rule: 'attribute-reserved', message }
}

function longName(name: string): Violation {
  const size = `${utf8Length(name)} bytes, at most ${limits.attributeName}`
  const message = `the name of the Pub/Sub attribute ${quote(name)} has ${size}: ${adviceOn(name)}`
  return { attribute: attributeOf(name) ?? name, rule: 'attribute-name-size', message }
}

function longValue(name: string, value: string): Violation {
  const attribute = attributeOf(name) ?? name
  const size = `${utf8Length(value)} bytes, as a Pub/Sub attribute at most ${limits.attributeValue}`
  return {
    attribute,
    rule: 'attribute-value-size',
    message: `${quote(attribute)} has ${size}: ${adviceOn(name)}`,
  }
}

function longKey(key: string): Violation {
  const size = `${utf8Length(key)} bytes, at most ${limits.orderingKey}`
  return { attribute: 'key', rule: 'key-size', message: `the ordering key has ${size}: use a shorter key` }
}

/** The event's attribute that an attribute of the message holds, as the event spells it. */
function attributeOf(name: string): string | undefined {
  if (name.toLowerCase() === 'content-type') return 'datacontenttype'
  return name.startsWith('ce-') ? name.slice(3) : undefined
}

function adviceOn(name: string): string {
  const isOfEvent = attributeOf(name) !== undefined
  return isOfEvent ? 'shorten it, or use mode auto or structured' : 'shorten it, or leave this header out'
}
