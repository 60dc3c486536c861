import { repeatsInPlace } from '../../adapters/core/claims.ts'
import type { Capabilities, Delivery } from '../../adapters/core/driver.ts'
import type { Observation } from '../../adapters/core/observe.ts'

/** What happened to the deliveries of one function. */
export interface Counts {
  /** Deliveries taken; one that the broker repeats counts again. */
  readonly received: number
  readonly handled: number
  /** Failed attempts that another follows. */
  readonly retried: number
  readonly deadLettered: number
  /** Given up without a dead letter, as the policy says. */
  readonly dropped: number
  /** Given back to the broker, untried or unfinished. */
  readonly released: number
  /** Events published to the sink. */
  readonly emitted: number
  /** Deliveries taken and not settled yet. */
  readonly inFlight: number
  /** Between the broker storing the latest delivery and its handling here, where the broker tells. */
  readonly lagMs?: number | undefined
}

/** Counts observations of one subscription. */
export function counter(capabilities: Capabilities) {
  // A failed attempt either stays with the runner or goes back to the broker, as the runner decides it.
  const goesBack = !repeatsInPlace(capabilities)
  const open = new Set<Delivery>()
  const totals = { received: 0, handled: 0, retried: 0, deadLettered: 0, dropped: 0, released: 0, emitted: 0 }
  let lagMs: number | undefined

  function count(observation: Observation): void {
    const { kind, delivery } = observation
    switch (kind) {
      case 'received':
        totals.received++
        lagMs = observation.lagMs
        open.add(delivery)
        return
      case 'handled':
        totals.handled++
        totals.emitted += observation.emitted
        break
      case 'retried':
        totals.retried++
        if (goesBack) break
        return
      case 'dead-lettered':
        totals.deadLettered++
        break
      case 'dropped':
        totals.dropped++
        break
      case 'released':
        totals.released++
        break
      case 'dead-letter-failed':
      case 'warned':
        return
    }
    open.delete(delivery)
  }

  return { count, counts: (): Counts => ({ ...totals, inFlight: open.size, lagMs }) }
}
