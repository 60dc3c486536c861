import { DecodeError, messageOf, type Violation } from './errors.ts'
import type { CloudEvent } from './event.ts'
import { isBytes, toBase64 } from './message.ts'
import { checkAttribute, MAX_VIOLATIONS, violationsOf } from './validate.ts'
import type { WireData } from './wire.ts'

/**
 * An own enumerable accessor without a setter, as `Object.defineProperty` makes one, in a third less time: half of what an
 * event is made of otherwise (ECMA-262 §B.2.2.2).
 */
const defineGetter: (this: object, name: string, get: (this: object) => unknown) => void = Reflect.get(
  Object.prototype,
  '__defineGetter__',
)

function readData(this: object): unknown {
  return DecodedEvent.wireOf(this)?.value()
}

/**
 * An event read from a message. Attributes are own properties; `data` is an own accessor, so that spreading, comparing
 * and serializing see it as they see any property.
 */
export class DecodedEvent {
  readonly #wire: WireData | undefined;
  [attribute: string]: unknown

  constructor(wire: WireData | undefined) {
    this.#wire = wire
  }

  /** Lays `data` behind the attributes. */
  static finish<E extends DecodedEvent>(event: E): E {
    if (event.#wire !== undefined) defineGetter.call(event, 'data', readData)
    return event
  }

  static wireOf(event: object): WireData | undefined {
    return #wire in event ? event.#wire : undefined
  }

  static is(event: object): boolean {
    return #wire in event
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
