import type { Logger } from '../../adapters/core/observe.ts'

/** The names that Cloud Logging has (https://cloud.google.com/logging/docs/structured-logging). */
const severities = { info: 'INFO', warn: 'WARNING', error: 'ERROR' } as const

/**
 * A logger for a function on a platform: one JSON object a line, as CloudWatch and Cloud Logging read them. What is told at
 * the level `debug` is left out.
 */
export function jsonLogger(name: string): Logger {
  const at = (level: keyof typeof severities) => (fields: object, message: string) => {
    const time = new Date().toISOString()
    console[level](
      JSON.stringify({ level, severity: severities[level], time, function: name, message, ...fields }),
    )
  }
  return { debug: () => {}, info: at('info'), warn: at('warn'), error: at('error') }
}
