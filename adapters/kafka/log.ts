import type { LogEntry, logCreator } from 'kafkajs'
import type { Logger } from '../core/observe.ts'

/** Levels of kafkajs (`logLevel`), as numbers: its module is loaded later. */
const error = 1
const warn = 2

/** What kafkajs tries again, each attempt of which is an error in its eyes. */
const usual =
  /^Response |^Connection |seed broker|rebalanc|re-joining|coordinator|Limiting retries|Pausing|Resuming/i

/**
 * What kafkajs logs, one level lower: what matters of it comes as an error to whoever called. That groups rebalance,
 * coordinators move and connections are made again is usual, and said at `debug`.
 */
export function logTo(logger: Logger): logCreator {
  return () => (entry: LogEntry) => {
    const { namespace, level, log } = entry
    const { message, timestamp: _, logger: __, stack: ___, ...fields } = log
    const text = `[kafkajs ${namespace}] ${message}`
    try {
      if (level > warn || usual.test(message)) logger.debug(fields, text)
      else if (level === error) logger.warn(fields, text)
      else logger.info(fields, text)
    } catch {
      // A logger that fails has nowhere to say so, and must not fail the client.
    }
  }
}
