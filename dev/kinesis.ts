import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { askAws, awsVariables, region } from './aws.ts'
import { findPackage } from './npm.ts'
import type { Command, Installed, Place, Progress, Recipe } from './recipe.ts'

/** Kinesis with resharding and enhanced fan-out: the npm package kinesis-local. */
export const kinesis: Recipe = {
  kind: 'kinesis',
  variable: 'WAYBILL_KINESIS',
  goesWith: ['dynamodb'],
  defaultVersion: '0.6.2',
  ports: 2,
  detourOf: ([to = 0]) => ({ to, at: 0 }),
  readyMs: 30_000,
  install,
  urlsOf: (address) => [`kinesis://${region}?endpoint=http://${address}`],
  clientVariables: (address) => awsVariables('KINESIS', address),
  ping: ({ ports }) => askAws(ports[0] ?? 0, '1.1', 'Kinesis_20131202.ListStreams'),
}

/** It listens on every interface, and has no setting for that. */
const listen = `
const { Server } = require('node:net')
const { listen } = Server.prototype
Server.prototype.listen = function (port, ...rest) {
  return typeof port === 'number' ? listen.call(this, port, '127.0.0.1', rest.at(-1)) : listen.call(this, port, ...rest)
}
require('./main.js')
`

async function install(version: string, progress: Progress): Promise<Installed> {
  const cwd = await findPackage('kinesis-local', version, progress)
  return { version, prepare: (place) => prepare(cwd, place) }
}

async function prepare(cwd: string, { folder, ports: [plain, secure] }: Place): Promise<Command> {
  const data = join(folder, 'data')
  await mkdir(data, { recursive: true })
  return {
    program: process.execPath,
    words: ['--input-type=commonjs', '-e', listen],
    // It looks for its certificate (server.json) in the working directory, and ends where there is none.
    cwd,
    env: {
      KINESIS_MOCK_PLAIN_PORT: String(plain),
      KINESIS_MOCK_TLS_PORT: String(secure),
      AWS_REGION: region,
      LOG_LEVEL: 'ERROR',
      SHARD_LIMIT: '1000',
      CREATE_STREAM_DURATION: '10ms',
      DELETE_STREAM_DURATION: '10ms',
      REGISTER_STREAM_CONSUMER_DURATION: '10ms',
      DEREGISTER_STREAM_CONSUMER_DURATION: '10ms',
      SPLIT_SHARD_DURATION: '10ms',
      MERGE_SHARDS_DURATION: '10ms',
      UPDATE_SHARD_COUNT_DURATION: '10ms',
      SHOULD_PERSIST_DATA: 'true',
      PERSIST_PATH: data,
      PERSIST_INTERVAL: '200ms',
    },
  }
}
