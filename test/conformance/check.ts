import {
  codeOf,
  type ErrorCode,
  messageOf,
  PublishError,
  type RecordFailure,
} from '../../adapters/core/errors.ts'
import { toBase64 } from '../../adapters/core/message.ts'

/** A promise that a broker did not keep: what was expected, and what was seen. */
export class ConformanceError extends Error {
  override readonly name = 'ConformanceError'
}

export function fail(message: string): never {
  throw new ConformanceError(message)
}

export function ok(condition: unknown, message: string): asserts condition {
  if (!condition) fail(message)
}

/** Compares values as JSON would write them, members in any order, bytes by their content. */
export function equal(actual: unknown, expected: unknown, what: string): void {
  const [found, wanted] = [textOf(actual), textOf(expected)]
  if (found !== wanted) fail(`${what}: expected ${excerpt(wanted)}, got ${excerpt(found)}`)
}

/** Returns what the work was rejected with; fails where it resolves or the code is another. */
export async function rejects(work: Promise<unknown>, code: ErrorCode, what: string): Promise<unknown> {
  try {
    await work
  } catch (error) {
    refusal(error, code, what)
    return error
  }
  return fail(`${what} was accepted: expected ${code}`)
}

export function throws(work: () => unknown, code: ErrorCode, what: string): unknown {
  try {
    work()
  } catch (error) {
    refusal(error, code, what)
    return error
  }
  return fail(`${what} was accepted: expected ${code}`)
}

/** The failures of a publish that must fail in part or as a whole. */
export async function failuresOf(work: Promise<unknown>, what: string): Promise<readonly RecordFailure[]> {
  const error = await rejects(work, 'ERR_PUBLISH', what)
  return error instanceof PublishError
    ? error.failures
    : fail(`${what} failed with something else than PublishError`)
}

/** One line for messages. */
export function show(value: unknown): string {
  return excerpt(textOf(value))
}

function refusal(error: unknown, code: ErrorCode, what: string): void {
  if (codeOf(error) !== code)
    fail(`${what}: expected ${code}, got ${codeOf(error) ?? 'no code'}: ${messageOf(error)}`)
  ok(messageOf(error).length > 10, `${what}: the error says nothing: ${messageOf(error)}`)
}

function textOf(value: unknown): string {
  return JSON.stringify(plain(value)) ?? String(value)
}

/** Without `toJSON`, which writes the bytes of a `Buffer` another way than those of other arrays. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return `bytes:${toBase64(value)}`
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(plain)
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(members.map(([name, member]) => [name, plain(member)]))
}

function excerpt(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)}… (${text.length} characters)` : text
}
