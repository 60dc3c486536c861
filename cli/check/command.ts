import type { Command } from 'commander'
import type { Broker, Logger } from '../../adapters/index.ts'
import { captureConsole } from '../capture-console.ts'
import { loadConfig, type ResolvedConfig } from '../config/index.ts'
import { connectBroker } from '../connect-broker.ts'
import { openFunctions } from '../open-functions.ts'
import { type CommonOptions, loadOptions, withCommonOptions } from '../options.ts'
import { printable } from '../printable.ts'
import { describePlan } from './describe.ts'
import { type Plan, planOf } from './plan.ts'

interface CheckOptions extends CommonOptions {
  readonly json?: true
}

/** `waybill check`: validates the configuration, loads every handler and prints the resolved plan. */
export function addCheck(program: Command): void {
  const command = program
    .command('check')
    .description('validate the configuration, load every handler, print the plan')
    .option('--json', 'print the plan as JSON')
  withCommonOptions(command).action(check)
}

async function check({ json, ...options }: CheckOptions): Promise<void> {
  const config = await loadConfig(loadOptions(options))
  // The plan is all that goes to standard output.
  const release = captureConsole((line) => process.stderr.write(`${line}\n`))
  try {
    const plan = await openedPlan(config, warnings)
    process.stdout.write(`${json ? JSON.stringify(plan) : describePlan(plan)}\n`)
  } finally {
    release()
  }
}

/** Tells what a broker has to say of its options, such as that a token would travel unencrypted. */
const warnings: Logger = { debug: silent, info: silent, warn, error: warn }

function warn(_: object, message: string): void {
  process.stderr.write(`${printable(message)}\n`)
}

function silent(): void {}

async function openedPlan(config: ResolvedConfig, logger: Logger): Promise<Plan> {
  const opened = await openFunctions(config, config.functions, logger)
  const brokers = new Map<string, Broker>()
  try {
    for (const name of config.brokers.keys()) {
      brokers.set(name, opened.brokers.get(name) ?? (await connectBroker(config, name, logger)))
    }
    return planOf(config, brokers)
  } finally {
    await opened.close()
    for (const broker of brokers.values()) await broker.close()
  }
}
