import { relative } from 'node:path'
import { type Command, Option } from 'commander'
import pc from 'picocolors'
import { platformNamed, platformNames } from '../../infra/platform.ts'
import type { StageName } from '../../infra/stage.ts'
import { type Synthesis, synthesize } from '../../infra/synthesis.ts'
import { loadConfig } from '../config/index.ts'
import { type CommonOptions, loadOptions, withCommonOptions } from '../options.ts'
import { printable } from '../printable.ts'
import { UsageError } from '../report.ts'

interface SynthOptions extends CommonOptions {
  readonly out: string
  readonly bundles: string
  readonly stage?: StageName
  readonly json?: true
}

/** `waybill synth <platform>`: bundles the functions and writes the stacks that run them. */
export function addSynth(program: Command): void {
  const command = program
    .command('synth [platform]')
    .usage('<platform> [options]')
    .description('write the stacks for a platform: kinesis, kafka, nats or pubsub')
    .option('--out <folder>', 'where the stacks go', 'cdk.out')
    .option('--bundles <folder>', 'where the bundles of functions go', 'dist-functions')
    .addOption(
      new Option('--stage <stage>', 'instead of the one of the configuration').choices(['dev', 'prod']),
    )
    .option('--json', 'print what was written as JSON')
  withCommonOptions(command).action(run)
}

async function run(platform: string | undefined, options: SynthOptions): Promise<void> {
  const { out, bundles, stage, json } = options
  if (platform === undefined) throw new UsageError(`no platform: name one of ${platformNames.join(', ')}`)
  const name = platformNamed(platform)
  const config = await loadConfig(loadOptions(options))
  const made = await synthesize(config, name, { out, bundles, stage })
  process.stdout.write(`${json ? JSON.stringify(made) : describe(made)}\n`)
}

function describe({ folder, stacks, deploy }: Synthesis): string {
  const place = printable(relative(process.cwd(), folder) || '.')
  return [
    ...stacks.map((name) => `${pc.green('✓')} ${place}: ${name}`),
    `  ${pc.dim(printable(deploy))}`,
  ].join('\n')
}
