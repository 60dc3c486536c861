import { httpBinding } from '../../adapters/http/index.ts'
import { usableHttp } from './usable-sdk.ts'
import { arrived, bareJson, type Wire, type WireMode } from './wire.ts'

/** A request as servers give it, its body read. */
export interface HttpReceived {
  readonly headers: Record<string, string>
  readonly body: Buffer
}

/** A request as clients take it. */
export interface HttpSent {
  readonly headers: object
  readonly body: Uint8Array | null
}

const binding = httpBinding()

export const httpBinary = httpWire('binary')
export const httpStructured = httpWire('structured')

function httpWire(mode: WireMode): Wire<HttpReceived, HttpSent> {
  return {
    name: `http ${mode}`,
    decode: (request) => binding.decode(request),
    encode: (event) => binding.encode(event, { mode }),
    arrive: ({ headers, body }) => ({
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
      body: arrived(body),
    }),
    sdk: { decode: usableHttp.decode, encode: usableHttp[mode] },
    json: bareJson(mode, ({ body }) => body),
  }
}
