import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { startServer } from '../../dev/index.ts'

const names = ['PATH', 'XDG_CACHE_HOME', 'JAVA_HOME', 'WAYBILL_KAFKA', 'WAYBILL_NATS'] as const
const before = Object.fromEntries(names.map((name) => [name, process.env[name]]))
let folder = ''

/** A Java, and a Maven that finds no release. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-release-'))
  const program = async (name: string, script: string) => {
    await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`)
    await chmod(join(folder, name), 0o755)
  }
  await program('java', `echo 'openjdk version "21.0.1"'`)
  const first =
    'Could not find artifact org.apache.kafka:kafka_2.13:jar:1.0 in central -> \\033[1m[Help 1]\\033[0m'
  const again = 'org.apache.kafka:kafka_2.13:jar:1.1 was not found in central during a previous attempt'
  await program(
    'mvn',
    `case "$(cat pom.xml)" in *'<version>1.1<'*) printf '[ERROR] ${again}';; *) printf '[ERROR] ${first}';; esac; exit 1`,
  )
  for (const name of names) delete process.env[name]
  process.env.PATH = [folder, before.PATH].join(delimiter)
  process.env.XDG_CACHE_HOME = folder
})
afterAll(async () => {
  for (const name of names) {
    const value = before[name]
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
  await rm(folder, { recursive: true, force: true })
})

it.each(['../../x', '--offline', '', '4.3.1 ', 'npm:other@1', '1</version>'])(
  'a release that is none is refused before anything is fetched: %j',
  async (version) => {
    await expect(startServer('nats', { version })).rejects.toMatchObject({
      code: 'ERR_CONFIG',
      message: '[brokers] the release of nats is no version: give one such as 2.15.1',
    })
  },
)

it.each(['1.0', '1.1'])('a release of Kafka that does not exist is told as such: %s', async (version) => {
  await expect(startServer('kafka', { version })).rejects.toMatchObject({
    code: 'ERR_CONFIG',
    message: `[brokers] Maven finds no Apache Kafka ${version}: give a release that there is, such as 4.3.1`,
  })
})
