import { type LocalServer, type ServerKind, startServer } from '../../../dev/index.ts'

const servers = new Map<string, Promise<LocalServer>>()

/** One server of a kind and release for this process, started when it is first needed; it ends with the process. */
export function sharedServer(kind: ServerKind, version?: string): Promise<LocalServer> {
  const name = `${kind} ${version}`
  const server = servers.get(name) ?? startServer(kind, { version })
  servers.set(name, server)
  return server
}

/** Ends them before the process does: one that waits for nobody still takes a thirtieth of a core. */
export async function stopSharedServers(): Promise<void> {
  const started = [...servers.values()]
  servers.clear()
  await Promise.all(started.map(async (server) => (await server).stop()))
}
