import { relative } from 'node:path'
import { type Command, Option } from 'commander'
import pc from 'picocolors'
import { loadConfig } from '../config/index.ts'
import { count } from '../format.ts'
import { chooseFunctions } from '../open-functions.ts'
import { type CommonOptions, collect, loadOptions, withCommonOptions } from '../options.ts'
import { printable } from '../printable.ts'
import { type Build, build } from './build.ts'
import type { BuiltFunction } from './manifest.ts'
import { type HostName, hostNames } from './target.ts'

interface BuildCommandOptions extends CommonOptions {
  readonly host: HostName
  readonly out: string
  readonly external?: readonly string[]
  readonly json?: true
}

/** Absent packages that are told by name. */
const toldPackages = 3

/** `waybill build [function…]`: bundles functions for a host. */
export function addBuild(program: Command): void {
  const command = program
    .command('build [function...]')
    .description('bundle functions for a host: those that are named, else all')
    .addOption(new Option('--host <host>', 'where they run').choices(hostNames).makeOptionMandatory())
    .option('--out <folder>', 'where the bundles go, in a folder of their host', 'dist-functions')
    .option(
      '--external <package>',
      'leave a package out, to be there where the bundle runs; repeatable',
      collect,
    )
    .option('--json', 'print the manifest as JSON')
  withCommonOptions(command).action(run)
}

async function run(names: readonly string[], options: BuildCommandOptions): Promise<void> {
  const { host, out, external = [], json } = options
  const config = await loadConfig(loadOptions(options))
  const made = await build(config, chooseFunctions(config, names), { host, out, external })
  process.stdout.write(`${json ? JSON.stringify(made.manifest) : describe(made)}\n`)
}

function describe({ folder, manifest: { functions } }: Build): string {
  const place = printable(relative(process.cwd(), folder) || '.')
  const width = Math.max(...functions.map(({ entry }) => entry.length))
  const lines = functions.map(
    ({ entry, bytes, gzip, absent }) =>
      `${pc.green('✓')} ${place}/${entry.padEnd(width)}  ${count(bytes)} bytes, ${count(gzip)} gzip${without(absent)}`,
  )
  return [...lines, `  ${place}/manifest.json`].join('\n')
}

/** Names what another package can use and is not installed: where the function needs it, it fails there. */
function without(absent: BuiltFunction['absent']): string {
  if (absent.length === 0) return ''
  const more = absent.length - toldPackages
  const names = absent.slice(0, toldPackages).join(', ')
  return pc.dim(`, without ${names}${more > 0 ? ` and ${more} more` : ''}: not installed`)
}
