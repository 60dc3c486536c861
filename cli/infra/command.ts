import { type Command, Option } from 'commander'
import pc from 'picocolors'
import { WaybillError } from '../../adapters/core/errors.ts'
import { type Outline, outlineOf } from '../../infra/outline.ts'
import { canHold } from '../../infra/place.ts'
import {
  type Platform,
  type PlatformName,
  platformNamed,
  platformNames,
  platforms,
} from '../../infra/platform.ts'
import type { StageName } from '../../infra/stage.ts'
import { loadConfig, type ResolvedConfig } from '../config/index.ts'
import { type CommonOptions, loadOptions, withCommonOptions } from '../options.ts'
import { printable } from '../printable.ts'

interface InfraOptions extends CommonOptions {
  readonly stage?: StageName
  readonly json?: true
}

/** `waybill infra check [platform]`: what each platform makes of the policies, before anything is deployed. */
export function addInfra(program: Command, exit: (code: number) => void): void {
  const infra = program.command('infra').description('look at what would be deployed')
  const check = infra
    .command('check [platform]')
    .description(
      'hold policies against the rules of a platform: the one that is named, else all that have the sources',
    )
    .addOption(
      new Option('--stage <stage>', 'instead of the one of the configuration').choices(['dev', 'prod']),
    )
    .option('--json', 'print the result as JSON')
  withCommonOptions(check).action(async (platform: string | undefined, options: InfraOptions) => {
    const config = await loadConfig(loadOptions(options))
    const outlines = platformsOf(config, platform).map((name) => outlineOf(config, name, options.stage))
    process.stdout.write(`${options.json ? JSON.stringify(outlines) : outlines.map(describe).join('\n\n')}\n`)
    if (outlines.some(({ problems }) => problems.length > 0)) exit(1)
  })
}

function platformsOf(config: ResolvedConfig, written: string | undefined) {
  const named = written === undefined ? undefined : platformNamed(written)
  const found = platformNames.filter((name) =>
    named === undefined ? canHold(config, name) && isMeant(config, name) : name === named,
  )
  if (found.length > 0) return found
  throw new WaybillError(
    'ERR_CONFIG',
    `no platform has all the sources of the configuration: name one of ${platformNames.join(', ')} to see what it lacks`,
  )
}

function isMeant({ infra }: ResolvedConfig, name: PlatformName): boolean {
  const { needsSettings = false }: Platform = platforms[name]
  return !needsSettings || (infra !== undefined && name in infra)
}

function describe({ platform, functions, problems, differences }: Outline): string {
  const mark = problems.length === 0 ? pc.green('✓') : pc.red('✗')
  const count = `${functions.length} function${functions.length === 1 ? '' : 's'}`
  return [
    `${mark} ${pc.bold(platform)}: ${count}, ${problems.length} problem${problems.length === 1 ? '' : 's'}`,
    ...problems.map(({ path, message }) => `  ${pc.red('✗')} ${printable(path)}: ${printable(message)}`),
    ...grouped(differences).map((line) => `  ${pc.dim('·')} ${printable(line)}`),
  ].join('\n')
}

/** What several functions have in common is told once. */
function grouped(differences: Outline['differences']): readonly string[] {
  const groups = new Map<string, string[]>()
  for (const { setting, means } of differences) {
    const [, name, rest = setting] = /^functions\.([^.]+)\.(.*)$/.exec(setting) ?? []
    const key = `${rest}: ${means}`
    const names = groups.get(key) ?? []
    groups.set(key, name === undefined ? names : [...names, name])
  }
  return [...groups].map(([text, names]) => (names.length === 0 ? text : `${text} (${names.join(', ')})`))
}
