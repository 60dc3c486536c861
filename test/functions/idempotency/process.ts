import type { Outcome } from '../../../adapters/core/driver.ts'
import { type CloudEvent, createEvent } from '../../../adapters/core/event.ts'
import { compose, type Handler } from '../../../adapters/core/handler.ts'
import { resolvePolicy } from '../../../adapters/core/policy.ts'
import { type RunnerOptions, runner } from '../../../adapters/core/runner.ts'
import { binding } from '../../../adapters/memory/binding.ts'
import {
  type IdempotencyOptions,
  type IdempotencyStore,
  idempotent,
} from '../../../functions/idempotency/index.ts'

const platform = { delivery: 'at-least-once', redelivery: 'platform', attempts: false, delay: false } as const
export const order: CloudEvent = createEvent({ type: 'order', source: '/shop', id: '1', data: { n: 1 } })

/** A process that handles events: one attempt for each delivery. */
export function worker(
  store: IdempotencyStore,
  handler: Handler,
  options: Partial<IdempotencyOptions> = {},
  running: Partial<RunnerOptions> = {},
): (event: CloudEvent, signal?: AbortSignal) => Promise<Outcome['kind'] | undefined> {
  const middleware = idempotent(store, { scope: 'ship', ...options })
  const deliver = runner(binding, platform, compose([middleware], handler), {
    policy: resolvePolicy({ timeoutMs: 0 }, 'ship'),
    ...running,
  })
  return async (
    event: CloudEvent,
    signal = new AbortController().signal,
  ): Promise<Outcome['kind'] | undefined> => {
    const message = binding.encode(event)
    const outcomes = await deliver([{ message, topic: 'orders', attempt: 1, signal, native: undefined }])
    return outcomes[0]?.kind
  }
}

/** A store whose process dies at a call: from then on nothing of it is heard. */
export function dyingAt(
  store: IdempotencyStore,
  call: keyof IdempotencyStore,
  when: 'before' | 'after',
): { readonly dying: IdempotencyStore; readonly dead: AbortSignal } {
  const dead = new AbortController()
  const never = new Promise<never>(() => {})
  const through =
    <A extends unknown[], R>(name: keyof IdempotencyStore, work: (...parts: A) => Promise<R>) =>
    async (...parts: A): Promise<R> => {
      if (dead.signal.aborted) return never
      if (name === call && when === 'before') {
        dead.abort()
        return never
      }
      const result = await work(...parts)
      if (name !== call) return result
      dead.abort()
      return never
    }
  const dying: IdempotencyStore = {
    claim: through('claim', store.claim),
    renew: through('renew', store.renew),
    complete: through('complete', store.complete),
    release: through('release', store.release),
  }
  return { dying, dead: dead.signal }
}

/** Where a process may die, and how often the effect of the event is then made. */
export const deaths = [
  ['before the claim', 'claim', 'before', 1],
  ['after the claim', 'claim', 'after', 1],
  ['after the effect, before it is noted', 'complete', 'before', 2],
  ['after it is noted, before the acknowledgement', 'complete', 'after', 1],
] as const
