import { createRequire } from 'node:module'
import { basename, dirname, resolve } from 'node:path'
import { Command } from 'commander'
import { localNames } from './local-broker.ts'
import { brokerOf, columnsOf, delimiterOf, fromUser, listOf, type Store, storeOf } from './options.ts'

/** What one run is asked to do. */
export interface Settings {
  readonly path: string
  readonly sheet?: string | undefined
  readonly delimiter?: string | undefined
  /** Given to `extract-subset`; absent where the configuration's own options fit the file. */
  readonly subset?: Readonly<Record<string, unknown>> | undefined
  readonly store?: Store | undefined
  /** What replaces the configuration's broker: a URL, or the name of one that is started. */
  readonly broker?: string | undefined
}

interface Flags {
  readonly columns?: Readonly<Record<string, string>>
  readonly required?: readonly string[]
  readonly absent?: readonly string[]
  readonly sheet?: string
  readonly delimiter?: string
  readonly store?: Store
  readonly broker?: string
}

const misused = 2

const examples = `
Without a file it takes airports.csv of the package vega-datasets, with the columns of waybill.config.ts.
A file of your own keeps all its columns unless --columns says otherwise.

  npm start -- prices.xlsx --sheet 2026 --required sku,price --columns id=sku,price
  npm start -- prices.csv --store fs:./out
  npm start -- prices.csv --store redis://localhost:6379    (needs: npm install ioredis)`

/** Reads the command line; ends the process after --help, and with 2 for a wrong option. */
export function readSettings(argv: readonly string[]): Settings {
  const command = new Command('npm start --')
    .description('Sends the rows of a spreadsheet through upload, extract-subset, uppercase and store.')
    .argument('[file]', 'a CSV or XLSX file')
    .option('--columns <list>', 'columns to keep: name or newName=name, separated by commas', columnsOf)
    .option('--required <list>', 'columns that must have a value, by their names in the file', listOf)
    .option('--absent <list>', 'texts that stand for no value in a required column, such as NA', listOf)
    .option('--sheet <name>', 'sheet of an XLSX file (default: the first visible one)')
    .option(
      '--delimiter <character>',
      'what parts the cells of a CSV file (default: found in its header)',
      delimiterOf,
    )
    .option('--store <store>', 'memory, fs:<folder>, redis://…, or <driver>:<options as JSON>', storeOf)
    .option(
      '--broker <broker>',
      `${localNames.join(', ')} (started for this run), or a URL (default: the one of waybill.config.ts)`,
      brokerOf,
    )
    .addHelpText('after', examples)
    .configureOutput({ outputError: (text, write) => write(oneLine(text)) })
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : misused))
    .parse([...argv], { from: 'user' })
  const [file] = command.args
  const { columns, required, absent, ...flags } = command.opts<Flags>()
  if (absent !== undefined && required === undefined) {
    command.error('--absent is about required columns: name them with --required')
  }
  const isOwn = file !== undefined || columns !== undefined || required !== undefined
  return {
    ...flags,
    path: file === undefined ? bundled() : fromUser(file),
    subset: isOwn ? { columns, required, absent } : undefined,
  }
}

/** Commander puts its suggestion on a line of its own. */
function oneLine(text: string): string {
  return `[waybill] ${text
    .trim()
    .replace(/^error: /, '')
    .replaceAll('\n', ' ')}\n`
}

function bundled(): string {
  const entry = createRequire(import.meta.url).resolve('vega-datasets')
  return resolve(dirname(entry), '../data/airports.csv')
}

/** How the file is named to the user. */
export function describe({ path, sheet }: Settings): string {
  return sheet === undefined ? basename(path) : `sheet "${sheet}" of ${basename(path)}`
}
