import type { Delivery } from './driver.ts'
import { codeOf, PublishError, TerminalError, WaybillError } from './errors.ts'
import type { ResolvedPolicy } from './policy.ts'

/** No retry can help: the same input gives the same error. */
const terminalCodes = ['ERR_TERMINAL', 'ERR_DECODE', 'ERR_INVALID_EVENT', 'ERR_TOO_LARGE']

/** True where another attempt cannot end otherwise; of several records one such is enough. Never throws. */
export function isTerminal(error: unknown): boolean {
  const code = codeOf(error)
  if (code === undefined) return false
  if (terminalCodes.includes(code)) return true
  try {
    return error instanceof PublishError && error.failures.some((failure) => isTerminal(failure.error))
  } catch {
    return false
  }
}

/** True where the handler was not called, because what has to be asked before could not be. Never throws. */
export function isUntried(error: unknown): boolean {
  return codeOf(error) === 'ERR_UNAVAILABLE' && error instanceof WaybillError
}

export function exhausted(delivery: Delivery): TerminalError {
  return new TerminalError(
    `delivered ${delivery.attempt} times without being settled: see the log of earlier attempts`,
  )
}

export function tooOld(policy: ResolvedPolicy): TerminalError {
  return new TerminalError(
    `older than policy.maxAgeMs (${policy.maxAgeMs} ms) before it could be handled: raise it, or read faster`,
  )
}
