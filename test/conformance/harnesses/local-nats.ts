import type { Connection } from '../../../adapters/nats/connection.ts'
import { openConnection } from '../../../adapters/nats/index.ts'
import { sharedServer } from './shared-servers.ts'

/** A connection to it. */
export async function openNats(transport: 'nats' | 'jetstream'): Promise<Connection> {
  return openConnection({ servers: (await sharedServer('nats')).address }, transport)
}

/** Kills the server as a power failure would, and starts it again with its data. */
export async function restartNats(): Promise<void> {
  const running = await sharedServer('nats')
  await running.kill()
  await running.restart()
}

/** What importing a package rejects with that is not installed. */
export function notInstalled(): Promise<never> {
  const error = Object.assign(new Error("Cannot find package 'nats'"), { code: 'ERR_MODULE_NOT_FOUND' })
  return Promise.reject(error)
}
