import { createRequire } from 'node:module'
import { basename, dirname, resolve } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'

/** Where rows go: a driver of unstorage and its options. */
export interface Store {
  readonly driver: string
  readonly options: Readonly<Record<string, unknown>>
}

/** What one run is asked to do. */
export interface Settings {
  readonly path: string
  readonly sheet?: string | undefined
  readonly delimiter?: string | undefined
  /** Given to `extract-subset`; absent where the configuration's own options fit the file. */
  readonly subset?: Readonly<Record<string, unknown>> | undefined
  readonly store?: Store | undefined
  /** URL that replaces the configuration's. */
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

const examples = `
Without a file it takes airports.csv of the package vega-datasets, with the columns of waybill.config.ts.
A file of your own keeps all its columns unless --columns says otherwise.

  npm start -- prices.xlsx --sheet 2026 --required sku,price --columns id=sku,price
  npm start -- prices.csv --store fs:./out
  npm start -- prices.csv --store redis://localhost:6379    (needs: npm install ioredis)`

/** Reads the command line; ends the process after --help or a wrong option. */
export function readSettings(argv: readonly string[]): Settings {
  const command = new Command('npm start --')
    .description('Sends the rows of a spreadsheet through upload, extract-subset, uppercase and store.')
    .argument('[file]', 'a CSV or XLSX file')
    .option('--columns <list>', 'columns to keep: name or newName=name, separated by commas', columnsOf)
    .option('--required <list>', 'columns that must have a value, by their names in the file', listOf)
    .option('--absent <list>', 'texts that stand for no value in a required column, such as NA', listOf)
    .option('--sheet <name>', 'sheet of an XLSX file (default: the first visible one)')
    .option('--delimiter <character>', 'what parts the cells of a CSV file (default: found in its header)')
    .option('--store <store>', 'memory, fs:<folder>, redis://…, or <driver>:<options as JSON>', storeOf)
    .option('--broker <url>', 'broker to run on (default: the one of waybill.config.ts)')
    .addHelpText('after', examples)
    .parse([...argv], { from: 'user' })
  const [file] = command.args
  const { columns, required, absent, ...flags } = command.opts<Flags>()
  const isOwn = file !== undefined || columns !== undefined || required !== undefined || absent !== undefined
  return {
    ...flags,
    path: file === undefined ? bundled() : fromUser(file),
    subset: isOwn ? { columns, required, absent } : undefined,
  }
}

function bundled(): string {
  const entry = createRequire(import.meta.url).resolve('vega-datasets')
  return resolve(dirname(entry), '../data/airports.csv')
}

/** A path from where the user is: npm starts scripts in the package's folder, and tells. */
function fromUser(path: string): string {
  const { npm_lifecycle_event: script, INIT_CWD: folder = '.' } = process.env
  return script === 'start' ? resolve(folder, path) : resolve(path)
}

function listOf(text: string): string[] {
  const names = text.split(',').map((name) => name.trim())
  if (names.includes('')) throw new InvalidArgumentError('Give names separated by commas.')
  return names
}

function columnsOf(text: string): Record<string, string> {
  const pairs = listOf(text).map((entry) => {
    const [, name = entry, source = entry] = /^([^=]+)=(.+)$/.exec(entry) ?? []
    return [name, source]
  })
  return Object.fromEntries(pairs)
}

function storeOf(text: string): Store {
  const [, driver = text, rest] = /^([\w-]+):(.+)$/s.exec(text) ?? []
  if (rest === undefined) return { driver, options: {} }
  if (/^rediss?:\/\//.test(text)) return { driver: 'redis', options: { url: text } }
  if (!rest.startsWith('{'))
    return { driver, options: { base: driver.startsWith('fs') ? fromUser(rest) : rest } }
  try {
    return { driver, options: JSON.parse(rest) }
  } catch {
    throw new InvalidArgumentError(`The options of ${driver} are not JSON.`)
  }
}

/** How the settings are shown to the user. */
export function describe({ path, sheet }: Settings): string {
  return sheet === undefined ? basename(path) : `sheet "${sheet}" of ${basename(path)}`
}
