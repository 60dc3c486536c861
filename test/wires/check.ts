import { dataOf } from '../../adapters/core/data.ts'
import { DecodedEvent } from '../../adapters/core/decoded.ts'
import { violationsOf } from '../../adapters/core/validate.ts'
import type { HttpBinding } from '../../adapters/http/binding.ts'
import type { Binding, CloudEvent, Message, Origin, Warning } from '../../adapters/index.ts'
import { DecodeError, InvalidEventError } from '../../adapters/index.ts'
import { cargoOf, differenceOf, expectedCargo } from './equal.ts'
import type { Wire } from './wires.ts'

const longestMessage = 20_000

/** What became of the messages that were checked. */
export interface Seen {
  events: number
  warned: number
  refused: number
}

/** Reads a message in every way; returns what is wrong, in words. */
export type Check = (message: Message, origin: Origin | undefined, seen: Seen) => string | undefined

/** The check of one wire's binding. */
export function checker({ name, bindingOf, prefix }: Wire): Check {
  const lenient = bindingOf({ raw: 'accept' })
  // The bindings that sniff, so that each can tell of the other.
  const strict = bindingOf({ raw: 'accept', strict: true, sniff: name !== 'http' })

  return (message, origin, seen) => {
    let warnings = 0
    const read = readBy(lenient, message, origin, () => warnings++)
    if (typeof read === 'string') return read
    const strictly = readBy(strict, message, origin)
    if (typeof strictly === 'string') return `strict: ${strictly}`
    if (read instanceof DecodeError) {
      seen.refused++
      return strictly instanceof DecodeError ? undefined : 'only the strict reader makes an event of it'
    }
    seen.events++
    if (warnings > 0) {
      seen.warned++
      if (!(strictly instanceof DecodeError)) return 'the strict reader takes it, but not without a warning'
    } else {
      if (strictly instanceof DecodeError) return `no leniency was named, but strictly: ${strictly}`
      const difference = differenceOf(cargoOf(strictly), cargoOf(read))
      if (difference !== undefined) return `strictly, ${difference}`
    }
    return faultOfEvent(lenient, prefix, read, message, origin)
  }
}

/** Reads once; a fault is told in words. */
export function readBy(
  binding: Binding,
  message: Message,
  origin: Origin | undefined,
  warn?: (warning: Warning) => void,
): CloudEvent | DecodeError | string {
  try {
    return binding.decode(message, origin, warn)
  } catch (error) {
    const fault = faultOfError(error, binding.name)
    return fault ?? (error instanceof DecodeError ? error : 'no DecodeError')
  }
}

function faultOfError(error: unknown, name: string): string | undefined {
  if (!(error instanceof DecodeError) || error.code !== 'ERR_DECODE') return `threw ${String(error)}`
  const { message } = error
  if (!message.startsWith(`[${name}] `) || message.length > longestMessage)
    return `says ${message.slice(0, 300)}`
  // The words for what no reader foresaw.
  return message.includes('the message cannot be read') ? `was not foreseen: ${message}` : undefined
}

function faultOfEvent(
  binding: Binding,
  prefix: string,
  event: CloudEvent,
  message: Message,
  origin: Origin | undefined,
): string | undefined {
  const [violation] = violationsOf(event)
  if (violation !== undefined) return `the event is invalid: ${violation.message}`
  if (Object.getPrototypeOf(event) !== DecodedEvent.prototype) return 'the event has another prototype'
  const twice = readBy(binding, message, origin)
  if (typeof twice === 'string' || twice instanceof DecodeError) return `read again: ${twice}`
  const difference = differenceOf(cargoOf(twice), cargoOf(event))
  if (difference !== undefined) return `read again, ${difference}`
  return faultOfCopy(binding, prefix, event) ?? faultOfData(event)
}

/** Writes the event and reads it again. */
function faultOfCopy(binding: Binding, prefix: string, event: CloudEvent): string | undefined {
  let copy: Message
  try {
    copy = binding.encode(event)
  } catch (error) {
    return error instanceof InvalidEventError ? undefined : `writing it threw ${String(error)}`
  }
  const again = readBy(binding, copy, undefined)
  if (typeof again === 'string' || again instanceof DecodeError) return `written and read: ${again}`
  const way = `${prefix}specversion` in copy.headers ? 'auto' : 'structured'
  const difference = differenceOf(cargoOf(again), expectedCargo(event, way))
  return difference === undefined ? undefined : `written and read, ${difference}`
}

/** Data that are not what their content type says are told when they are read, and still there afterwards. */
function faultOfData(event: CloudEvent): string | undefined {
  const before = dataOf(event)?.bytes()
  try {
    void event.data
  } catch (error) {
    return error instanceof DecodeError ? undefined : `reading its data threw ${String(error)}`
  }
  const after = dataOf(event)?.bytes()
  return before === after ? undefined : 'reading its data changed them'
}

/** What is wrong with reading the message as a batch. */
export function faultOfBatch(binding: HttpBinding, message: Message): string | undefined {
  try {
    const [violation] = binding.decodeBatch(message).flatMap(violationsOf)
    return violation === undefined ? undefined : `the batch is invalid: ${violation.message}`
  } catch (error) {
    return faultOfError(error, binding.name)
  }
}
