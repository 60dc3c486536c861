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
  /**
   * How far the function is behind, where the broker tells: the age of the latest delivery when it came, or of the oldest that is
   * not settled where that is more; 0 once all is settled and nothing came for 10 s.
   */
  readonly lagMs?: number | undefined
}

/** Reading what is there leaves no longer pauses, so that the function has caught up. */
const quietMs = 10_000

/** Counts observations of one subscription. */
export function counter(capabilities: Capabilities, now: () => number = Date.now) {
  // A failed attempt either stays with the runner or goes back to the broker, as the runner decides it.
  const goesBack = !repeatsInPlace(capabilities)
  const open = new Set<Delivery>()
  const totals = { received: 0, handled: 0, retried: 0, deadLettered: 0, dropped: 0, released: 0, emitted: 0 }
  let latest: { readonly lagMs: number; readonly at: number } | undefined

  function count(observation: Observation): void {
    const { kind, delivery } = observation
    switch (kind) {
      case 'received':
        totals.received++
        latest = observation.lagMs === undefined ? undefined : { lagMs: observation.lagMs, at: now() }
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
      case 'held':
      case 'dead-letter-failed':
      case 'warned':
        return
    }
    open.delete(delivery)
  }

  function lagMs(): number | undefined {
    if (latest === undefined) return undefined
    const [oldest] = open
    if (oldest?.time !== undefined) return Math.max(latest.lagMs, now() - oldest.time)
    return now() - latest.at > quietMs ? 0 : latest.lagMs
  }

  return { count, counts: (): Counts => ({ ...totals, inFlight: open.size, lagMs: lagMs() }) }
}
