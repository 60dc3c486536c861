import { type Command, InvalidArgumentError } from 'commander'
import type { LoadOptions } from './config/index.ts'

/** What every command takes. */
export interface CommonOptions {
  readonly config?: string
  readonly broker?: readonly string[]
  readonly verbose?: boolean
}

/** Adds the options that every command takes. */
export function withCommonOptions(command: Command): Command {
  return command
    .option(
      '-c, --config <file>',
      'configuration file (default: waybill.config.ts, .js, .mjs, .json, .yaml or .yml)',
    )
    .option(
      '--broker <name=url>',
      'replace the URL of a broker; repeatable, the name may be left out where there is one',
      collect,
    )
    .option('--verbose', 'show the details of errors (as DEBUG=waybill does)')
}

/** Where the configuration comes from, as these options and the environment say. */
export function loadOptions({ config, broker }: CommonOptions): LoadOptions {
  return { file: config, overrides: broker, env: process.env }
}

/** For options that may be given several times. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

/** For options that are a number of seconds. */
export function seconds(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value > 0) || !Number.isFinite(value)) {
    throw new InvalidArgumentError('It must be a number of seconds above 0.')
  }
  return value
}

/** For options that are a TCP port. */
export function port(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isInteger(value) || value < 0 || value > 65_535) {
    throw new InvalidArgumentError('It must be a port, from 0 to 65535; 0 is any that is free.')
  }
  return value
}

/** Whether details of errors are wanted. */
export function isVerbose({ verbose }: Pick<CommonOptions, 'verbose'>): boolean {
  return verbose === true || process.env.DEBUG?.split(',').includes('waybill') === true
}
