import type { Target } from '../core/connect.ts'
import { problem, type Transport } from './problem.ts'

/** The servers that a URL names; none is needed where there is a connection already. */
export function addressOf({ address, path, options }: Target, transport: Transport): string | undefined {
  if (path !== '') {
    throw problem(transport, 'ERR_CONFIG', `${transport}:// has no path: write ${transport}://${address}`)
  }
  return address === '' && options.client !== undefined ? undefined : address
}
