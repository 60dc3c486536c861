import type { Connection } from '../../../adapters/nats/connection.ts'
import { openConnection } from '../../../adapters/nats/index.ts'
import { type LocalServer, startServer } from '../../../dev/index.ts'

let server: Promise<LocalServer> | undefined

/** The nats-server of this process, started when it is first needed; it ends with the process. */
export function natsServer(): Promise<LocalServer> {
  server ??= startServer('nats')
  return server
}

/** A connection to it. */
export async function openNats(transport: 'nats' | 'jetstream'): Promise<Connection> {
  return openConnection({ servers: (await natsServer()).address }, transport)
}

/** Kills the server as a power failure would, and starts it again with its data. */
export async function restartNats(): Promise<void> {
  const running = await natsServer()
  await running.kill()
  await running.restart()
}

/** What importing a package rejects with that is not installed. */
export function notInstalled(): Promise<never> {
  const error = Object.assign(new Error("Cannot find package 'nats'"), { code: 'ERR_MODULE_NOT_FOUND' })
  return Promise.reject(error)
}
