import { problem } from './hosted.ts'

/** The port that the environment names in `PORT`, else 8080. Throws `ERR_CONFIG` for what is no port. */
export function portOf(written: string | undefined, host: string): number {
  if (written === undefined || written === '') return 8080
  const port = Number(written)
  if (Number.isInteger(port) && port >= 0 && port < 65_536) return port
  throw problem(host, `PORT is "${written}" in the environment: give a number from 0 to 65535`)
}
