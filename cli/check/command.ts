import type { Command } from 'commander'
import { type Broker, codeOf, type Logger } from '../../adapters/index.ts'
import { checkMiddleware } from '../../functions/hosts/check.ts'
import { captureConsole } from '../capture-console.ts'
import { loadConfig, type ResolvedConfig } from '../config/index.ts'
import { connectBroker } from '../connect-broker.ts'
import { type OpenFunctions, openFunctions } from '../open-functions.ts'
import { type CommonOptions, loadOptions, withCommonOptions } from '../options.ts'
import { printable } from '../printable.ts'
import { promptly } from '../promptly.ts'
import { joined, located } from '../report.ts'
import { describePlan } from './describe.ts'
import { type Plan, planOf } from './plan.ts'

interface CheckOptions extends CommonOptions {
  readonly json?: true
  readonly live?: true
}

/** `waybill check`: validates the configuration, loads every handler and prints the resolved plan. */
export function addCheck(program: Command): void {
  const command = program
    .command('check')
    .description('validate the configuration, load every handler, print the plan')
    .option('--json', 'print the plan as JSON')
    .option('--live', 'ask the brokers, and the stores of handled events, whether they can be used')
  withCommonOptions(command).action(check)
}

async function check({ json, live, ...options }: CheckOptions): Promise<void> {
  const config = await loadConfig(loadOptions(options))
  // The plan is all that goes to standard output.
  const release = captureConsole((line) => process.stderr.write(`${line}\n`))
  try {
    const plan = await openedPlan(promptly(config), warnings, live === true)
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

async function openedPlan(config: ResolvedConfig, logger: Logger, isLive: boolean): Promise<Plan> {
  const opened = await openFunctions(config, config.functions, logger)
  const brokers = new Map<string, Broker>()
  try {
    for (const name of config.brokers.keys()) {
      brokers.set(name, opened.brokers.get(name) ?? (await connectBroker(config, name, logger)))
    }
    const plan = planOf(config, brokers)
    if (isLive) await askAll(brokers, opened)
    return plan
  } finally {
    await opened.close()
    for (const broker of brokers.values()) await broker.close()
  }
}

/** Throws what does not answer, all of it. */
async function askAll(brokers: ReadonlyMap<string, Broker>, { functions }: OpenFunctions): Promise<void> {
  const asked = [...brokers].map(([name, broker]) =>
    broker.ping().catch((cause: unknown) => {
      if (codeOf(cause) !== 'ERR_UNSUPPORTED') throw located(`brokers.${name}`, cause)
    }),
  )
  const results = await Promise.allSettled([...asked, ...functions.map((each) => checkMiddleware([each]))])
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
  if (failures.length > 0) throw joined('not everything can be used', failures)
}
