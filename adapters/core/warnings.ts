import type { Delivery } from './driver.ts'
import type { Journal } from './journal.ts'
import type { Leniency, Warn } from './leniency.ts'
import { MAX_VIOLATIONS } from './validate.ts'

/**
 * Tells the observer of each leniency that a message took, up to a hundred, and the log of each kind once: a sender that
 * needs one needs it with every message.
 */
export function warnings(report: Journal['report'], log: Journal['log']): (delivery: Delivery) => Warn {
  const logged = new Set<Leniency>()
  let current: Delivery | undefined
  let count = 0

  // Decoding is synchronous, so one function serves every delivery in turn.
  const warn: Warn = (warning) => {
    if (current === undefined || count++ >= MAX_VIOLATIONS) return
    report({ kind: 'warned', delivery: current, warning })
    const { leniency, attribute, message } = warning
    if (logged.has(leniency)) return
    logged.add(leniency)
    const { topic, lane, position } = current
    log('warn', { topic, lane, position, leniency, attribute, reason: message }, 'message read leniently')
  }

  return (delivery) => {
    current = delivery
    count = 0
    return warn
  }
}
