import { defineGetter } from './define-getter.ts'
import { DecodeError, messageOf, type Violation } from './errors.ts'
import type { CloudEvent } from './event.ts'
import { isBytes, toBase64 } from './message.ts'
import { checkAttribute, MAX_VIOLATIONS, violationsOf } from './validate.ts'
import { type ParsedData, WireData } from './wire.ts'

function readData(this: object): unknown {
  return DecodedEvent.read(this)
}

function replaceData(this: object, value: unknown): void {
  DecodedEvent.read(this)
  Object.defineProperty(this, 'data', { value, writable: true, enumerable: true, configurable: true })
}

const replaceable: PropertyDescriptor = {
  get: readData,
  set: replaceData,
  enumerable: true,
  configurable: true,
}

/**
 * An event read from a message. Attributes are own properties, and so is `data`: an accessor, so that spreading, comparing
 * and serializing see it as they see any property; of a short document, which is parsed already, the value itself.
 */
export class DecodedEvent {
  readonly #data: WireData | ParsedData | undefined;
  [attribute: string]: unknown

  constructor(data: WireData | ParsedData | undefined) {
    this.#data = data
  }

  /** Lays `data` behind the attributes. */
  static finish<E extends DecodedEvent>(event: E): E {
    const data = event.#data
    if (data instanceof WireData) defineGetter.call(event, 'data', readData)
    else if (data?.isShort) setData(event, data.read())
    else if (data !== undefined) Object.defineProperty(event, 'data', replaceable)
    return event
  }

  /** What the accessor reads. */
  static read(event: object): unknown {
    const data = #data in event ? event.#data : undefined
    return data instanceof WireData ? data.value() : data?.read()
  }

  /** The data as they came, or as they were changed since; `undefined` where they are other data now, or none. */
  static wireOf(event: object): WireData | undefined {
    const data = #data in event ? event.#data : undefined
    if (data === undefined) return undefined
    if (data instanceof WireData) return data.current()
    return Object.hasOwn(event, 'data') ? data.wireOf(() => Reflect.get(event, 'data')) : undefined
  }

  static is(event: object): boolean {
    return #data in event
  }

  /** The JSON event format, so that `JSON.stringify(event)` is a CloudEvent also when the data are bytes. */
  toJSON(): Record<string, unknown> {
    const { data, ...attributes } = this
    const json: Record<string, unknown> = {}
    for (const [name, value] of Object.entries(attributes)) {
      json[name] = isBytes(value) ? toBase64(value) : value
    }
    if (data === undefined) return json
    return isBytes(data) ? { ...json, data_base64: toBase64(data) } : { ...json, data }
  }

  [Symbol.for('nodejs.util.inspect.custom')](): Record<string, unknown> {
    const shown: Record<string, unknown> = {}
    for (const name of Object.keys(this)) {
      try {
        shown[name] = this[name]
      } catch (error) {
        shown[name] = `<${messageOf(error)}>`
      }
    }
    return shown
  }
}

function setData(event: DecodedEvent, value: unknown): void {
  event.data = value
}

/**
 * Sets one attribute as it was read. Returns false where it breaks a rule: nothing is set then, so that a name such as
 * `__proto__` never reaches the object.
 */
export function setAttribute(event: DecodedEvent, name: string, value: unknown): boolean {
  if (checkAttribute(name, value) !== undefined) return false
  event[name] = value
  return true
}

/** The event, once all its attributes are set; `undefined` where a required one is missing. */
export function completed(event: DecodedEvent): CloudEvent | undefined {
  return isComplete(event) ? DecodedEvent.finish(event) : undefined
}

/** The error for members that make no event: it names every broken rule. */
export function undecodable(
  members: Readonly<Record<string, unknown>>,
  more: readonly Violation[] = [],
): DecodeError {
  const violations = [...violationsOf(members)]
  for (const violation of more) {
    if (violations.length >= MAX_VIOLATIONS) break
    if (
      !violations.some(({ attribute, rule }) => attribute === violation.attribute && rule === violation.rule)
    ) {
      violations.push(violation)
    }
  }
  return new DecodeError(`not a valid CloudEvent: ${violations.map((v) => v.message).join('; ')}`, {
    violations,
  })
}

function isComplete(event: DecodedEvent): event is DecodedEvent & CloudEvent {
  const { specversion, id, source, type } = event
  return specversion !== undefined && id !== undefined && source !== undefined && type !== undefined
}
