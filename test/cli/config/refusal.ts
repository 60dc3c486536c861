import { resolveConfig } from '../../../cli/config/index.ts'

export const uppercase = { handler: './uppercase.ts', source: { topic: 'rows' } }

/** The message of the error that a configuration gives, without the place it opens with. */
export function refusal(config: unknown, options = {}): string {
  try {
    resolveConfig(config, options)
  } catch (error) {
    if (error instanceof Error) return error.message.replace(/^\[waybill\] the configuration:? /, '')
  }
  throw new Error('the configuration was accepted')
}

/** A configuration that is right but for these changes to its function `f`. */
export const withFunction = (changes: object) => ({
  brokers: { main: 'memory://' },
  functions: { f: { ...uppercase, ...changes } },
})
