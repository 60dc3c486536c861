import { type Logger as Pino, pino, stdTimeFunctions } from 'pino'
import { messageOf } from '../../adapters/index.ts'
import type { FunctionStatus } from '../../functions/hosts/worker.ts'
import type { View } from './view.ts'

/** One JSON object a line, for machines: pino's shape with `level` as a word and `time` in ISO 8601. */
export function jsonView(stream: NodeJS.WritableStream, everyMs: number): View {
  const logger: Pino = pino(
    { base: null, timestamp: stdTimeFunctions.isoTime, formatters: { level: (level) => ({ level }) } },
    stream,
  )
  return {
    logger,
    everyMs,
    started: (functions, brokers) => logger.info({ functions, brokers }, 'started'),
    progress(functions) {
      for (const each of functions) logger.info(fieldsOf(each), 'progress')
    },
    stopping: (reason) => logger.info({ reason }, 'stopping'),
    finished(functions, elapsedMs) {
      for (const each of functions) {
        const level = each.state === 'failed' ? 'error' : 'info'
        logger[level](fieldsOf(each), 'finished')
      }
      logger.info({ elapsedMs: Math.round(elapsedMs) }, 'stopped')
    },
    print: (line) => logger.info({ printed: line }, 'printed'),
  }
}

function fieldsOf({ name, error, ...counts }: FunctionStatus & { readonly perSecond?: number }): object {
  const perSecond = counts.perSecond === undefined ? {} : { perSecond: Math.round(counts.perSecond) }
  return {
    function: name,
    ...counts,
    ...perSecond,
    ...(error === undefined ? {} : { reason: messageOf(error) }),
  }
}
