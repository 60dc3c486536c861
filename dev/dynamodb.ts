import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { askAws, awsVariables, region } from './aws.ts'
import { findPackage } from './npm.ts'
import type { Command, Installed, Place, Progress, Recipe } from './recipe.ts'

/** DynamoDB, where leases are kept: the npm package dynalite. No broker, and so without a URL. */
export const dynamodb: Recipe = {
  kind: 'dynamodb',
  variable: 'WAYBILL_DYNAMODB',
  defaultVersion: '4.0.0',
  ports: 1,
  detourOf: ([to = 0]) => ({ to, at: 0 }),
  readyMs: 20_000,
  install,
  urlsOf: () => [],
  clientVariables: (address) => awsVariables('DYNAMODB', address),
  ping: ({ ports }) => askAws(ports[0] ?? 0, '1.0', 'DynamoDB_20120810.ListTables'),
}

const tableMs = ['--createTableMs', '10', '--deleteTableMs', '10', '--updateTableMs', '10']

async function install(version: string, progress: Progress): Promise<Installed> {
  const program = await findPackage('dynalite', version, progress)
  return { version, prepare: (place) => prepare(program, place) }
}

async function prepare(program: string, { folder, ports: [port] }: Place): Promise<Command> {
  const data = join(folder, 'data')
  await mkdir(data, { recursive: true })
  const place = ['--host', '127.0.0.1', '--port', String(port), '--path', data]
  return {
    program: process.execPath,
    words: [join(program, 'cli.js'), ...place, ...tableMs],
    env: { AWS_REGION: region },
  }
}
