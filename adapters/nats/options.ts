import type { NatsConnection, TlsOptions } from 'nats'
import type { BindingOptions } from '../core/binding.ts'
import { bindingOptionNames, bindingParameters } from '../core/binding-options.ts'
import type { ParameterType } from '../core/connect.ts'
import { refuseUnknown } from '../core/known.ts'
import { problem, type Transport } from './problem.ts'

/** How to reach a NATS server. Secrets belong here and never into a URL. */
export interface ConnectionOptions {
  /** `host:port`, or several separated by commas; the port is 4222 where there is none. Not needed with `client`. */
  readonly servers?: string | undefined
  /** Names the connection in the server's monitoring. Default `waybill`. */
  readonly name?: string | undefined
  /** Time for the first connection, in milliseconds; later ones are tried without end. Default 10 000. */
  readonly connectMs?: number | undefined
  readonly user?: string | undefined
  readonly pass?: string | undefined
  readonly token?: string | undefined
  /** The seed of an NKey (`SU…`). */
  readonly nkey?: string | undefined
  /** What a `.creds` file holds, or its path. */
  readonly creds?: string | undefined
  /** TLS settings of the client, such as `{ caFile, certFile, keyFile }`; `{}` uses the system's authorities. */
  readonly tls?: TlsOptions | undefined
  /** A connection that exists already; it stays open when the broker closes. */
  readonly client?: NatsConnection | undefined
}

/** Settings of core NATS. */
export interface NatsOptions extends ConnectionOptions, BindingOptions {
  /** Messages of one subscription that wait for the handler; what comes beyond is dropped and logged. Default 100 000. */
  readonly maxPending?: number | undefined
}

export const connectionParameters: Readonly<Record<string, ParameterType>> = {
  name: 'string',
  connectMs: 'number',
}

const credentialNames: readonly string[] = ['user', 'pass', 'token', 'nkey', 'creds']
const connectionOptionNames = [...credentialNames, 'tls', 'client']

export const natsParameters: Readonly<Record<string, ParameterType>> = {
  ...connectionParameters,
  maxPending: 'number',
  ...bindingParameters,
}

export const optionNames: readonly string[] = [...connectionOptionNames, ...bindingOptionNames]

/** Refuses unknown options and numbers out of range. Throws `ERR_CONFIG` naming the option. */
export function checkOptions(
  options: object,
  parameters: Readonly<Record<string, ParameterType>>,
  adapter: Transport,
): void {
  refuseUnknown(options, ['servers', ...Object.keys(parameters), ...optionNames], 'option', adapter)
  for (const [name, value] of Object.entries(options)) {
    const advice = value === undefined ? undefined : adviceOn(name, value, parameters[name])
    if (advice !== undefined)
      throw problem(adapter, 'ERR_CONFIG', `option "${name}" is not valid: use ${advice}`)
  }
}

/** What to give instead, where the value is wrong. */
function adviceOn(name: string, value: unknown, type: ParameterType | undefined): string | undefined {
  if (name === 'servers')
    return typeof value === 'string' ? undefined : 'host:port, several with commas between them'
  if (name === 'tls')
    return typeof value === 'object' && value !== null
      ? undefined
      : 'the TLS options of the client, such as {}'
  if (credentialNames.includes(name)) return typeof value === 'string' ? undefined : 'a text'
  if (type === undefined || optionNames.includes(name)) return undefined
  const isRight =
    typeof value === type && (typeof value !== 'number' || (Number.isSafeInteger(value) && value >= 0))
  if (isRight) return undefined
  return type === 'number' ? 'a whole number, 0 or more' : type === 'boolean' ? 'true or false' : 'a text'
}
