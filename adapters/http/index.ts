import type { Broker } from '../core/broker.ts'
import type { Adapter } from '../core/connect.ts'
import { createBroker } from '../core/create-broker.ts'
import type { Logger } from '../core/observe.ts'
import { httpBinding } from './binding.ts'
import { httpDriver } from './driver.ts'
import { type HttpOptions, parameters, structures } from './options.ts'

export { binding, httpBinding } from './binding.ts'
export { httpDriver } from './driver.ts'
export type { Environment, Fetch, HandshakeOptions, HttpOptions } from './options.ts'
export {
  type EventsOptions,
  eventsOf,
  type HeaderRecord,
  type Incoming,
  messageOfIncoming,
  messageOfRequest,
  type ReadLimits,
  type RequestLimits,
  type ResponseOptions,
  requestInit,
  responseOf,
} from './request.ts'
export {
  type CallbackOptions,
  confirmCallback,
  type HandshakeAnswer,
  type HandshakePolicy,
  handshakeResponse,
  type PinnableFetch,
} from './webhook.ts'

/**
 * A sink: every event becomes a POST to an address, such as a webhook, a Knative broker or an Event Grid topic. It only
 * emits. Throws `ERR_CONFIG` for wrong options and for secrets that the environment lacks.
 */
export function http(options: HttpOptions, logger?: Logger): Broker {
  const driver = httpDriver(options)
  const { url, tokenEnv, headersEnv, mode, clock } = options
  if ((tokenEnv ?? headersEnv) !== undefined && isClear(url)) {
    logger?.warn({ host: new URL(url).host }, '[http] credentials travel unencrypted: use https://')
  }
  return createBroker({ name: 'http', driver, binding: httpBinding({ mode }), logger, clock })
}

/** `https://host/path`; what follows a `?` belongs to the address. */
export const adapter: Adapter = {
  schemes: ['https', 'http'],
  query: 'address',
  parameters,
  options: structures,
  open({ scheme, address, path, query, options }, logger) {
    const url = `${scheme}://${address}/${path}${query === '' ? '' : `?${query}`}`
    return http({ ...options, url }, logger)
  },
}

/** True where others on the way could read along; a process's own machine is not on the way. */
function isClear(url: string): boolean {
  const { protocol, hostname } = new URL(url)
  return protocol === 'http:' && !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
}
