import type { Binding, BindingOptions } from '../core/binding.ts'
import { headerBinding } from '../core/header-binding.ts'
import type { Message } from '../core/message.ts'
import { attributeOfKey } from '../core/raw.ts'
import { kafkaRaw } from './raw.ts'

export { headersOfLambda } from './lambda-headers.ts'
export { messageOfRecord, recordOf } from './message.ts'
export { kafkaRaw } from './raw.ts'

export interface KafkaBindingOptions extends BindingOptions {
  /**
   * Writes events without data in binary mode, so as records with a `null` value. In a compacted topic such a record is a
   * tombstone: it deletes what is stored under its key. Default false: mode `auto` writes them structured, mode `binary`
   * refuses them with `InvalidEventError`.
   */
  readonly tombstones?: boolean | undefined
  /**
   * Takes `partitionkey` from the record's key where a binary event has no `ce_partitionkey`. The Python SDK 1.x and the C#
   * SDK write it to the key alone. Default false, since a key need not come from an attribute.
   */
  readonly restorePartitionKey?: boolean | undefined
}

/** Attributes that the Kafka receivers of the Go SDK add and its senders then pass on, to be given as `strip`. */
export const leakedAttributes: readonly string[] = [
  'kafkaoffset',
  'kafkapartition',
  'kafkatopic',
  'kafkamessagekey',
]

const ownOptions = { tombstones: 'boolean', restorePartitionKey: 'boolean' } as const

const withoutTombstones = {
  dataless: 'structured',
  misfit: ({ body }: Message) => (body === null ? tombstone : undefined),
} as const

const tombstone = {
  attribute: 'data',
  rule: 'tombstone',
  message:
    '"data" is missing, and a record without a value deletes its key in a compacted topic: leave mode "binary" out, ' +
    'or set the option "tombstones"',
}

/**
 * Events in Kafka records (CloudEvents Kafka binding 1.0.2): attributes in `ce_` headers as plain UTF-8, data as the value,
 * `datacontenttype` in `content-type`. A record with a `null` value and attribute headers is an event without data.
 *
 * The key is the caller's and is no part of the event; `partitionkey` is written as any attribute is.
 *
 * Of an origin it reads `topic`; `lane`, the partition; `position`, the offset; and `time`, the record's timestamp.
 */
export function kafkaBinding(options: KafkaBindingOptions = {}): Binding {
  const { tombstones = false, restorePartitionKey = false } = options
  const transport = { name: 'kafka', prefix: 'ce_', raw: kafkaRaw(options), options: ownOptions }
  const binding = headerBinding(tombstones ? transport : { ...transport, ...withoutTombstones }, options)
  if (!restorePartitionKey) return binding
  return {
    ...binding,
    decode: (message, origin, warn) => binding.decode(restored(message), origin, warn),
  }
}

/** The message with its key as `partitionkey`. A key that is no legal value of the attribute did not come from it. */
function restored(message: Message): Message {
  const { headers } = message
  const isMissing = headers.ce_specversion !== undefined && headers.ce_partitionkey === undefined
  const key = isMissing ? attributeOfKey(message) : undefined
  return key === undefined ? message : { ...message, headers: { ...headers, ce_partitionkey: key } }
}

/** With every default. */
export const binding = kafkaBinding()
