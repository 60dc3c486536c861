import type { CloudEvent } from '../../../adapters/core/event.ts'
import type { Call } from '../reader.ts'

/** The numbers of the events, call by call. */
export function numbers(calls: readonly Call[]): number[] {
  return calls.map(({ n }) => n)
}

/** The numbers in their own order, for brokers that promise none. */
export function sorted(calls: readonly Call[]): number[] {
  return numbers(calls).sort((a, b) => a - b)
}

/** The numbers, each where it came first. */
export function distinct(calls: readonly Call[]): number[] {
  return [...new Set(numbers(calls))]
}

/** `count` numbers from `from` on: those of {@link Trial.events}. */
export function upTo(count: number, from = 0): number[] {
  return Array.from({ length: count }, (_, index) => from + index)
}

/** Spreads numbered events over a number of keys. */
export function keyed(count: number): (event: CloudEvent) => string {
  return ({ id }) => `k${Number(id) % count}`
}
