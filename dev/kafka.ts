import { access, mkdir, writeFile } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { messageOf } from '../adapters/core/errors.ts'
import { cached } from './cache.ts'
import { programOf, run } from './command.ts'
import { findJava } from './java.ts'
import { problem } from './problem.ts'
import type { Additions, Command, Installed, Place, Progress, Recipe } from './recipe.ts'

/** Apache Kafka as one KRaft node, from its published jars. */
export const kafka: Recipe = {
  kind: 'kafka',
  variable: 'WAYBILL_KAFKA',
  defaultVersion: '4.3.1',
  ports: 4,
  detourOf: ([, , to = 0, at = 0]) => ({ to, at }),
  takes: ['settings', 'layout'],
  readyMs: 60_000,
  install,
  urlsOf: (address) => [`kafka://${address}`],
  ping: ({ ports }) => askVersions(ports[0] ?? 0),
}

const clusterId = 'MkU3OEVBNTcwNTJENDM2Qk'

async function install(version: string, progress: Progress): Promise<Installed> {
  const java = await findJava(version.startsWith('3.') ? 8 : 17, progress)
  const folder = await cached(`kafka-${version}`, (draft) => fetchJars(draft, version, progress))
  const jars = join(folder, 'lib', '*')
  return { version, prepare: (place, additions) => prepare(java, jars, place, additions) }
}

async function fetchJars(folder: string, version: string, progress: Progress): Promise<void> {
  const maven = await programOf('mvn')
  const instead = 'or set WAYBILL_KAFKA to the host:port of a running broker'
  if (maven === undefined)
    throw problem(
      'ERR_NOT_FOUND',
      `Kafka ${version} is fetched by Maven, and there is no mvn: install it, ${instead}`,
    )
  progress(`fetching Apache Kafka ${version} by Maven`)
  await writeFile(join(folder, 'pom.xml'), pom(version))
  const copy = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies'
  const words = ['-q', '-B', copy, '-DoutputDirectory=lib', '-DincludeScope=runtime']
  try {
    await run(maven, words, { cwd: folder })
  } catch (cause) {
    if (!isMissing(messageOf(cause), version)) throw cause
    const known = kafka.defaultVersion
    const text = `Maven finds no Apache Kafka ${version}: give a release that there is, such as ${known}`
    throw problem('ERR_CONFIG', text, cause)
  }
  await access(join(folder, 'lib', `kafka_2.13-${version}.jar`))
}

/** Without a binding for its log the broker would be silent. */
function pom(version: string): string {
  const dependency = (group: string, artifact: string, of: string) =>
    `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${of}</version></dependency>`
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>waybill</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    ${dependency('org.apache.kafka', 'kafka_2.13', version)}
    ${dependency('org.slf4j', 'slf4j-simple', '1.7.36')}
  </dependencies>
</project>
`
}

async function prepare(
  java: string,
  jars: string,
  place: Place,
  { settings, layout = [] }: Additions,
): Promise<Command> {
  const { folder } = place
  await mkdir(folder, { recursive: true })
  const file = join(folder, 'server.properties')
  await writeFile(file, properties(place, settings), { mode: 0o600 })
  const isFormatted = await access(join(folder, 'data', 'meta.properties')).then(
    () => true,
    () => false,
  )
  if (!isFormatted)
    await run(java, [
      '-Xmx128m',
      '-XX:TieredStopAtLevel=1',
      '-cp',
      jars,
      'kafka.tools.StorageTool',
      'format',
      '-t',
      clusterId,
      '-c',
      file,
      '--ignore-formatted',
      ...layout,
    ])
  const words = [
    '-Xms64m',
    '-Xmx512m',
    '-XX:+UseSerialGC',
    '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
    '-cp',
    jars,
    'kafka.Kafka',
    file,
  ]
  return { program: java, words }
}

/** To these more is added. */
const lists = new Set(['listeners', 'advertised.listeners', 'listener.security.protocol.map'])

/** One node is broker and controller; what is replicated is replicated once; a restart is known within a second. */
function properties({ folder, ports }: Place, more: Additions['settings'] = {}): string {
  const [port, controller, behindProxy, proxy] = ports
  const settings: Record<string, string | number | boolean> = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},PROXIED://127.0.0.1:${behindProxy},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port},PROXIED://127.0.0.1:${proxy}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': join(folder, 'data').replaceAll('\\', '/'),
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'share.coordinator.state.topic.num.partitions': 1,
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 500,
    'broker.session.timeout.ms': 1000,
    'broker.heartbeat.interval.ms': 200,
    'log.cleaner.dedupe.buffer.size': 4194304,
    'auto.create.topics.enable': false,
  }
  for (const [name, value] of Object.entries(more))
    settings[name] = lists.has(name) ? `${settings[name]},${value}` : String(value)
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}

/** ApiVersions v0, which a broker answers once it serves (Kafka protocol guide, "ApiVersions API"). */
function askVersions(port: number): Promise<void> {
  const request = Buffer.from('0000000a00120000000000010000', 'hex')
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: '127.0.0.1', port })
    const end = (error?: Error) => {
      socket.destroy()
      if (error === undefined) resolve()
      else reject(error)
    }
    socket.setTimeout(2_000, () => end(problem('ERR_TIMEOUT', 'the broker does not answer')))
    socket.once('error', end)
    socket.once('close', () => end(problem('ERR_TIMEOUT', 'the broker closed the connection')))
    socket.once('data', () => end())
    socket.write(request)
  })
}

/** As Maven says it the first time, and as it remembers it afterwards. */
function isMissing(told: string, version: string): boolean {
  const artifact = `org.apache.kafka:kafka_2.13:jar:${version} `
  return told.includes(`Could not find artifact ${artifact}`) || told.includes(`${artifact}was not found`)
}
