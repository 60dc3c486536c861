import type { Server } from 'node:http'
import { messageOf } from '../../adapters/core/errors.ts'
import { problem } from './hosted.ts'

/**
 * Makes a server listen; gives the URL that it answers at. `port` 0 is any that is free, without `hostname` every address of
 * the computer. Throws `ERR_CONFIG`, in the name of the host, where the port cannot be had.
 */
export function listen(host: string, server: Server, port: number, hostname?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      reject(problem(host, `port ${port} cannot be had (${messageOf(cause)}): give another one`, cause))
    })
    server.listen({ port, host: hostname }, () => {
      const bound = server.address()
      if (bound === null || typeof bound === 'string') return
      const name = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address
      resolve(`http://${name}:${bound.port}`)
    })
  })
}
