import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { askAws, awsVariables, region } from './aws.ts'
import { findPackage } from './npm.ts'
import type { Command, Installed, Place, Progress, Recipe } from './recipe.ts'

/** Kinesis that is fast and keeps its data when it is killed: the npm package kinesalite. */
export const kinesalite: Recipe = {
  kind: 'kinesalite',
  variable: 'WAYBILL_KINESALITE',
  goesWith: ['dynamodb'],
  defaultVersion: '3.3.3',
  ports: 1,
  detourOf: ([to = 0]) => ({ to, at: 0 }),
  readyMs: 20_000,
  install,
  urlsOf: (address) => [`kinesis://${region}?endpoint=http://${address}`],
  clientVariables: (address) => awsVariables('KINESIS', address),
  ping: ({ ports }) => askAws(ports[0] ?? 0, '1.1', 'Kinesis_20131202.ListStreams'),
}

/**
 * Its own command listens on every interface. And after a read that found nothing it reads on from now: a record that was given an
 * earlier time, and is not yet written, is then never read. Times are whole seconds, and it reads on from two of them ago.
 */
const listen = `
const [folder, port, path] = process.argv.slice(1)
const db = require(folder + '/db')
const { incrementSequence } = db
db.incrementSequence = (from, time) => incrementSequence(from, time && Math.max(from.seqTime, time - 2000))
const options = { path, createStreamMs: 10, deleteStreamMs: 10, updateStreamMs: 10, shardLimit: 1000 }
require(folder)(options).listen(Number(port), '127.0.0.1')
`

async function install(version: string, progress: Progress): Promise<Installed> {
  const program = await findPackage('kinesalite', version, progress)
  return { version, prepare: (place) => prepare(program, place) }
}

async function prepare(program: string, { folder, ports: [port] }: Place): Promise<Command> {
  const data = join(folder, 'data')
  await mkdir(data, { recursive: true })
  return {
    program: process.execPath,
    words: ['--input-type=commonjs', '-e', listen, program, String(port), data],
    env: { AWS_REGION: region },
  }
}
