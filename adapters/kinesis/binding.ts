import type { Annotations, Binding, BindingOptions, EncodeOptions, Origin } from '../core/binding.ts'
import { checkedBindingOptions } from '../core/binding-options.ts'
import { attributesOf, dataOf } from '../core/data.ts'
import { DecodedEvent } from '../core/decoded.ts'
import {
  DecodeError,
  decodeErrorOf,
  InvalidEventError,
  type Violation,
  WaybillError,
} from '../core/errors.ts'
import type { CloudEvent } from '../core/event.ts'
import { encodeJson, type ReadOptions } from '../core/json.ts'
import type { Warn } from '../core/leniency.ts'
import type { Message } from '../core/message.ts'
import { quote } from '../core/quote.ts'
import { rawReader } from '../core/raw.ts'
import { readOptionsOf } from '../core/read-options.ts'
import { sniff, sniffText } from '../core/sniff.ts'
import { TextMessage } from '../core/text-message.ts'
import { deaggregate } from './aggregation.ts'
import { isBatch } from './batch.ts'
import { partitionKeyOf } from './partition-key.ts'
import { anyRecordEvent, kinesisRaw } from './raw.ts'

export { deaggregate, type UserRecord } from './aggregation.ts'
export { partitionKeyOf } from './partition-key.ts'
export {
  type KinesisRecord,
  type LambdaKinesisRecord,
  messagesOfLambdaRecord,
  messagesOfRecord,
  type Received,
  sequenceNumberOf,
} from './record.ts'

const name = 'kinesis'

/** Headers in which other transports repeat what the event holds. */
const ofEvents = /^(?:content-type$|ce[-_])/i

/**
 * Events in Kinesis records, as docs/kinesis-binding.md proposes: a record has no headers, so its data are always the
 * event in the JSON event format, and are known by their content, also where the reader is strict. The record's partition
 * key is {@link partitionKeyOf} of the event.
 *
 * What Kinesis cannot carry is refused with `InvalidEventError`: mode `binary`, and further headers but those in which
 * other transports repeat the event (`content-type`, `ce-…`, `ce_…`); what they say belongs in extensions. The options
 * `mode: 'binary'` and `sniff: false` are `ERR_CONFIG`.
 *
 * Of an origin it reads `topic`, the stream; `lane`, the shard id; `position`, the sequence number; and `time`, the
 * approximate arrival. See {@link messagesOfRecord}.
 */
export function kinesisBinding(options: BindingOptions = {}): Binding {
  checkedBindingOptions(options, name)
  checkOptions(options)
  const { strict = false, raw = strict ? 'reject' : 'accept' } = options
  const { extensions, of: readOptions } = readOptionsOf(options)
  const readRaw = rawReader(kinesisRaw(options), options, () => false)

  function decode(message: Message, origin?: Origin, warn?: Warn): CloudEvent {
    try {
      return read(message, origin, readOptions(warn))
    } catch (error) {
      throw decodeErrorOf(name, error)
    }
  }

  function read(message: Message, origin: Origin | undefined, options: ReadOptions): CloudEvent {
    const text = TextMessage.textOf(message)
    const event =
      text === undefined ? sniff(message.body, undefined, options) : sniffText(text, undefined, options)
    if (event !== undefined) return event
    const { body } = message
    if (body !== null) refuseMany(body)
    if (raw === 'reject' || origin === undefined) throw new DecodeError(notAnEvent)
    return readRaw(message, origin, options)
  }

  function encode(event: CloudEvent, { mode, key, headers = {} }: EncodeOptions = {}): Message {
    if (mode === 'binary') throw refused(binaryMode)
    for (const header in headers)
      if (headers[header] !== undefined && !ofEvents.test(header)) throw refused(furtherHeader(header))
    return { body: encodeJson(event), headers: {}, key: partitionKeyOf(event, key) }
  }

  function annotate(message: Message, attributes: Annotations, origin?: Origin): Message {
    const event = eventOf(message) ?? anyRecordEvent(message, origin, options)
    const { specversion, id, source, type } = event
    const identity = { specversion, id, source, type }
    const annotated = Object.assign(
      new DecodedEvent(dataOf(event)),
      attributesOf(event),
      attributes,
      identity,
    )
    const key = message.key === undefined ? partitionKeyOf(annotated) : message.key
    return { body: encodeJson(annotated), headers: {}, key }
  }

  /** An event that needs leniency would not survive being written again; its bytes would. */
  function eventOf({ body }: Message): CloudEvent | undefined {
    try {
      return sniff(body, undefined, { extensions })
    } catch {
      return undefined
    }
  }

  return { name, decode, encode, annotate }
}

/** With every default. */
export const binding = kinesisBinding()

const notAnEvent =
  'not a CloudEvent: the data are no JSON object with the texts "specversion", "id", "source" and "type": ' +
  'send the event in the JSON event format'

/** Records that hold many events are not raw data: as one event they would be garbage. */
function refuseMany(data: Uint8Array): void {
  if (deaggregate(data) !== undefined)
    throw new DecodeError(
      'the record was aggregated by the Kinesis Producer Library (KPL) and holds many: read it with messagesOfRecord',
    )
  if (isBatch(data))
    throw new DecodeError('a record holds one event, not a batch: put each into a record of its own')
}

function checkOptions({ mode, sniff }: BindingOptions): void {
  const refusedOption = (text: string) => new WaybillError('ERR_CONFIG', text, { adapter: name })
  if (mode === 'binary')
    throw refusedOption('option "mode" is binary, but records have no headers: use auto or structured')
  if (sniff === false)
    throw refusedOption('option "sniff" is false, but only their content tells events: leave it out')
}

function refused(violation: Violation): InvalidEventError {
  return new InvalidEventError([violation], { adapter: name })
}

const binaryMode: Violation = {
  attribute: 'event',
  rule: 'binary-mode',
  message: 'a Kinesis record has no headers for mode "binary": use mode auto or structured',
}

function furtherHeader(header: string): Violation {
  const message = `a Kinesis record has no headers, so ${quote(header)} cannot be sent: leave it out, or make it an extension`
  return { attribute: header, rule: 'header', message }
}
