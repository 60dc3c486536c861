import type { BindingOptions } from '../../core/binding.ts'
import { bindingParameters } from '../../core/binding-options.ts'
import type { ParameterType } from '../../core/connect.ts'
import { type ConnectionOptions, checkOptions, connectionParameters } from '../options.ts'
import { problem } from '../problem.ts'

/** How messages are read and acknowledged. */
export interface ReadingOptions {
  /**
   * Events of one key keep their order, also across members of a group and after a crash: one member of a group reads,
   * the others stand by and take over. `false`: all members share the messages, in no order, and the server redelivers
   * with the delay of a nack. Needs nats-server 2.11. Default true.
   */
  readonly ordered?: boolean | undefined
  /**
   * Time after which the server redelivers what a reader that fell silent has not settled, and lets another member take
   * over, in milliseconds. It is extended while a handler runs. Default 30 000.
   */
  readonly ackWaitMs?: number | undefined
  /** Messages that a group may have unsettled. Default 5 000. */
  readonly maxAckPending?: number | undefined
  /** Waits until the server has confirmed each acknowledgement. Default false. */
  readonly doubleAck?: boolean | undefined
  /** Creates the durable consumer of a group that is read for the first time; `false`: it must exist. Default true. */
  readonly createConsumers?: boolean | undefined
}

/** How `ensure` creates streams. */
export interface StreamOptions {
  /** When messages are deleted: at the stream's limits, once every group or once one group has settled them. Default `limits`. */
  readonly retention?: 'limits' | 'interest' | 'workqueue' | undefined
  /** Default `file`. What is in `memory` does not outlive the server. */
  readonly storage?: 'file' | 'memory' | undefined
  /** Copies in a cluster, 1 to 5. Default 1. */
  readonly replicas?: number | undefined
  /** Time in which an event that is sent twice is stored once, in milliseconds. Default 120 000. */
  readonly dedupeMs?: number | undefined
  /** How long messages stay, in milliseconds; 0 is for ever. Default 0. */
  readonly maxAgeMs?: number | undefined
}

/** Settings of JetStream. */
export interface JetstreamOptions extends ConnectionOptions, BindingOptions, ReadingOptions, StreamOptions {
  /** Messages on their way to the server and not yet acknowledged by it. Default 512. */
  readonly outstanding?: number | undefined
  /** Time for the server's acknowledgement of a message that is published, in milliseconds. Default 5 000. */
  readonly publishMs?: number | undefined
  /** The JetStream domain, where it is not the server's own. */
  readonly domain?: string | undefined
}

export const jetstreamParameters: Readonly<Record<string, ParameterType>> = {
  ...connectionParameters,
  ordered: 'boolean',
  ackWaitMs: 'number',
  maxAckPending: 'number',
  doubleAck: 'boolean',
  createConsumers: 'boolean',
  retention: 'string',
  storage: 'string',
  replicas: 'number',
  dedupeMs: 'number',
  maxAgeMs: 'number',
  outstanding: 'number',
  publishMs: 'number',
  domain: 'string',
  ...bindingParameters,
}

const choices: Readonly<Record<string, readonly string[]>> = {
  retention: ['limits', 'interest', 'workqueue'],
  storage: ['file', 'memory'],
}

const least: Readonly<Record<string, number>> = {
  ackWaitMs: 100,
  maxAckPending: 1,
  replicas: 1,
  dedupeMs: 100,
  outstanding: 1,
  publishMs: 1,
}

/** Throws `ERR_CONFIG` naming the option. */
export function checkJetstreamOptions(options: JetstreamOptions): void {
  checkOptions(options, jetstreamParameters, 'jetstream')
  for (const [name, value] of Object.entries(options)) {
    const known = choices[name]
    if (known !== undefined && value !== undefined && !known.includes(String(value))) {
      throw problem('jetstream', 'ERR_CONFIG', `option "${name}" is not valid: use ${known.join(', ')}`)
    }
    const limit = least[name]
    if (limit !== undefined && typeof value === 'number' && value < limit) {
      throw problem('jetstream', 'ERR_CONFIG', `option "${name}" is ${value}: use ${limit} or more`)
    }
  }
}
