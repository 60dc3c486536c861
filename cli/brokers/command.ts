import { rm } from 'node:fs/promises'
import type { Command } from 'commander'
import { hint } from '../../adapters/index.ts'
import { endProcess, recipes, type ServerKind, startOf, startServer } from '../../dev/index.ts'
import { UsageError } from '../report.ts'
import { readState, type Started, writeState } from './state.ts'

const kinds = Object.values(recipes).map(({ kind }) => kind)
const usual: readonly ServerKind[] = ['kafka', 'nats']

type Listed = Readonly<Pick<Started, 'kind' | 'version' | 'address'>> & { readonly urls: readonly string[] }

/** `waybill brokers`: real servers on this computer, for development. */
export function addBrokers(program: Command): void {
  const command = program
    .command('brokers')
    .description('start and stop real brokers on this computer, without Docker')
  command
    .command('up')
    .description('start servers and leave them running')
    .argument('[kind...]', `of ${kinds.join(', ')} (default: ${usual.join(', ')})`)
    .option('--release <version>', 'of the one kind that is named')
    .action(up)
  command
    .command('down')
    .description('stop servers and remove their data')
    .argument('[kind...]', `of ${kinds.join(', ')} (default: all)`)
    .action(down)
  command.command('status').description('what is running').option('--json', 'as JSON').action(status)
  command
    .command('env')
    .description('environment variables that name the running servers')
    .option('--json', 'as JSON')
    .action(env)
}

async function up(names: readonly string[], { release }: { readonly release?: string }): Promise<void> {
  const named = kindsOf(names, usual)
  if (release !== undefined && named.length !== 1)
    throw new UsageError('--release goes with one kind: name it')
  const wanted = [...new Set([...named, ...named.flatMap((kind) => recipes[kind].goesWith ?? [])])]
  const running = await readState()
  let written = Promise.resolve()
  /** One by one, so that `down` finds each, also where this command is interrupted while another server starts. */
  const note = (server: Started) => {
    written = written.then(async () => writeState([...(await readState()), server]))
    return written
  }
  const results = await Promise.allSettled(
    wanted.map((kind) => upOne(kind, named.includes(kind) ? release : undefined, running, note)),
  )
  const failed = results.find((result) => result.status === 'rejected')
  if (failed?.status === 'rejected') throw failed.reason
  process.stdout.write('set their variables in this shell: eval "$(waybill brokers env)"\n')
}

async function upOne(
  kind: ServerKind,
  release: string | undefined,
  running: readonly Started[],
  note: (server: Started) => Promise<void>,
): Promise<void> {
  const known = running.find((server) => server.kind === kind)
  if (known !== undefined) {
    process.stdout.write(`${line(known)}  (was running)\n`)
    return
  }
  const progress = (text: string) => void process.stderr.write(`${text} …\n`)
  const server = await startServer(kind, { version: release, progress, detached: true })
  const { version, address, urls, pid, folder, logFile } = server
  if (pid === undefined || folder === undefined || logFile === undefined) {
    process.stdout.write(
      `${line({ kind, version, address, urls })}  (named by the environment, not started here)\n`,
    )
    return
  }
  const started = { kind, version, address, urls: [...urls], pid, start: startOf(pid) ?? '', folder, logFile }
  await note(started)
  server.leave()
  process.stdout.write(`${line(started)}\n`)
}

async function down(names: readonly string[]): Promise<void> {
  const wanted: readonly string[] = kindsOf(names, kinds)
  const running = await readState()
  const [stopping, staying] = [
    running.filter(({ kind }) => wanted.includes(kind)),
    running.filter(({ kind }) => !wanted.includes(kind)),
  ]
  await Promise.all(stopping.map(end))
  await writeState(staying)
  if (stopping.length === 0) process.stdout.write('nothing was running\n')
}

async function end({ kind, pid, folder }: Started): Promise<void> {
  await endProcess(pid, 'SIGTERM')
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  process.stdout.write(`${kind} stopped\n`)
}

async function status({ json }: { readonly json?: true }): Promise<void> {
  const running = await readState()
  if (json) process.stdout.write(`${JSON.stringify(running)}\n`)
  else if (running.length === 0) process.stdout.write('nothing is running: waybill brokers up\n')
  else
    for (const server of running)
      process.stdout.write(`${line(server)}  pid ${server.pid}  log ${server.logFile}\n`)
}

async function env({ json }: { readonly json?: true }): Promise<void> {
  const running = await readState()
  const variables = Object.fromEntries(
    running.flatMap(({ kind, address }) => {
      const recipe = Object.values(recipes).find((known) => known.kind === kind)
      if (recipe === undefined) return []
      return [[recipe.variable, address], ...Object.entries(recipe.clientVariables?.(address) ?? {})]
    }),
  )
  if (running.length === 0) process.stderr.write('nothing is running: waybill brokers up\n')
  if (json) process.stdout.write(`${JSON.stringify(variables)}\n`)
  else
    for (const [name, value] of Object.entries(variables)) process.stdout.write(`export ${name}=${value}\n`)
}

function line({ kind, version, address, urls }: Listed): string {
  return `${kind} ${version}  ${urls.length === 0 ? address : urls.join('  ')}`
}

function kindsOf(names: readonly string[], unnamed: readonly ServerKind[]): readonly ServerKind[] {
  if (names.length === 0) return unnamed
  return names.map((name) => {
    const kind = kinds.find((known) => known === name)
    if (kind === undefined)
      throw new UsageError(`there is no broker "${name}" to start: ${hint(name, kinds)}`)
    return kind
  })
}
