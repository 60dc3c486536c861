import { fromBase64, toBase64 } from './message.ts'
import { isAttributeName, isCloudEventsString, isInt32, isTimestamp, isUri, isUriReference } from './rules.ts'

/** CloudEvents 1.0.2, "Type System". */
export const extensionTypes = [
  'String',
  'Integer',
  'Boolean',
  'Binary',
  'URI',
  'URI-reference',
  'Timestamp',
] as const

/** The type of an extension attribute, as the specification names it. */
export type ExtensionType = (typeof extensionTypes)[number]

/**
 * The extension attributes that the CloudEvents project documents (cloudevents/spec, folder `extensions`) and those that
 * a dead letter gets. Timestamps are RFC 3339 texts.
 */
export interface DocumentedExtensions {
  /** Partitioning: what must keep its order has the same key. */
  readonly partitionkey?: string
  /** Sequence: compared as text, so numbers are padded with zeros. */
  readonly sequence?: string
  /** Sequence, version 1.0.2 and before: what `sequence` means, such as `Integer`. */
  readonly sequencetype?: string
  /** Distributed tracing: where the trace started; a hop's own goes into the protocol's header. */
  readonly traceparent?: string
  /** Distributed tracing: vendors' part of `traceparent`. */
  readonly tracestate?: string
  /** Dataref: a URI-reference to where the data are kept ("claim check"). */
  readonly dataref?: string
  /** Sampling: how many events of its kind this one stands for, itself included; above 0. */
  readonly sampledrate?: number
  /** Expiry time: receivers may drop the event after this timestamp. */
  readonly expirytime?: string
  /** Recorded time: the timestamp of when the event was stored, where `time` is when it happened. */
  readonly recordedtime?: string
  /** Severity: its name at the source. */
  readonly severitytext?: string
  /** Severity: OpenTelemetry's number, 0 or above. */
  readonly severitynumber?: number
  /** Auth context: what kind of principal caused the event. */
  readonly authtype?: string
  /** Auth context: a stable name of the principal, never a credential. */
  readonly authid?: string
  /** Auth context: a JSON text of claims, never a credential. */
  readonly authclaims?: string
  /** Correlation: shared by all events of one flow. */
  readonly correlationid?: string
  /** Correlation: the id of the event that caused this one. */
  readonly causationid?: string
  /** Deprecation: whether events of this type are deprecated. */
  readonly deprecated?: boolean
  /** Deprecation: the timestamp of when it was declared. */
  readonly deprecationfrom?: string
  /** Deprecation: the timestamp of when such events end. */
  readonly deprecationsunset?: string
  /** Deprecation: the URI of what explains the way out. */
  readonly deprecationmigration?: string
  /** Data classification: the level, such as `public` or `confidential`. */
  readonly dataclassification?: string
  /** Data classification: the regulations that apply, separated by commas. */
  readonly dataregulation?: string
  /** Data classification: the category of the data. */
  readonly datacategory?: string
  /** Business activity monitoring: the transaction. */
  readonly bamtxid?: string
  /** Business activity monitoring: the model of the process. */
  readonly bampid?: string
  /** Business activity monitoring: the model of the transaction. */
  readonly bamptxid?: string
  /** Business activity monitoring: the step of the transaction. */
  readonly bamptxsid?: string
  /** Business activity monitoring: what became of the step. */
  readonly bamptxsstatus?: string
  /** Business activity monitoring: whether the transaction has ended. */
  readonly bamptxcompleted?: boolean
  /** OPC UA: major version of the metadata. */
  readonly opcuametadatamajorversion?: number
  /** OPC UA: minor version of the metadata. */
  readonly opcuametadataminorversion?: number
  /** OPC UA: status of the data set message. */
  readonly opcuastatus?: number
  /** Verifiability: the DSSE envelope that signs the event. */
  readonly dssematerial?: Uint8Array
  /** Dead letter: why the event was given up. */
  readonly dlqreason?: string
  /** Dead letter: the topic it was read from. */
  readonly dlqtopic?: string
  /** Dead letter: attempts made. */
  readonly dlqattempts?: number
  /** Dead letter: the timestamp of when it was given up. */
  readonly dlqtime?: string
}

type TypeOf<Value> = Value extends number
  ? 'Integer'
  : Value extends boolean
    ? 'Boolean'
    : Value extends Uint8Array
      ? 'Binary'
      : Exclude<ExtensionType, 'Integer' | 'Boolean' | 'Binary'>

const types: {
  readonly [Name in keyof DocumentedExtensions]-?: TypeOf<NonNullable<DocumentedExtensions[Name]>>
} = {
  partitionkey: 'String',
  sequence: 'String',
  sequencetype: 'String',
  traceparent: 'String',
  tracestate: 'String',
  dataref: 'URI-reference',
  sampledrate: 'Integer',
  expirytime: 'Timestamp',
  recordedtime: 'Timestamp',
  severitytext: 'String',
  severitynumber: 'Integer',
  authtype: 'String',
  authid: 'String',
  authclaims: 'String',
  correlationid: 'String',
  causationid: 'String',
  deprecated: 'Boolean',
  deprecationfrom: 'Timestamp',
  deprecationsunset: 'Timestamp',
  deprecationmigration: 'URI',
  dataclassification: 'String',
  dataregulation: 'String',
  datacategory: 'String',
  bamtxid: 'String',
  bampid: 'String',
  bamptxid: 'String',
  bamptxsid: 'String',
  bamptxsstatus: 'String',
  bamptxcompleted: 'Boolean',
  opcuametadatamajorversion: 'Integer',
  opcuametadataminorversion: 'Integer',
  opcuastatus: 'Integer',
  dssematerial: 'Binary',
  dlqreason: 'String',
  dlqtopic: 'String',
  dlqattempts: 'Integer',
  dlqtime: 'Timestamp',
}

/**
 * The type of each documented extension, by name. A map, because senders choose the names that are looked up, and
 * `constructor` is a member of every object.
 */
export const documentedExtensions: ReadonlyMap<string, ExtensionType> = new Map(Object.entries(types))

/**
 * The value that a canonical text, as a header carries it, has as that type; `undefined` where the text does not fit.
 * What fits gives the same text when it is written again: `007`, `+5`, `1e3`, `True` and base64 with stray bits do not.
 */
export function typedExtension(
  type: ExtensionType,
  text: string,
): string | number | boolean | Uint8Array | undefined {
  switch (type) {
    case 'String':
      return isCloudEventsString(text) ? text : undefined
    case 'Integer':
      return integerOf(text)
    case 'Boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined
    case 'Binary':
      return bytesOf(text)
    case 'URI':
      return isUri(text) ? text : undefined
    case 'URI-reference':
      return isUriReference(text) ? text : undefined
    case 'Timestamp':
      return isTimestamp(text) ? text : undefined
  }
}

const canonicalInteger = /^(?:0|-?[1-9][0-9]{0,9})$/

function integerOf(text: string): number | undefined {
  if (!canonicalInteger.test(text)) return undefined
  const value = Number(text)
  return isInt32(value) ? value : undefined
}

function bytesOf(text: string): Uint8Array | undefined {
  const bytes = fromBase64(text)
  return bytes !== undefined && toBase64(bytes) === text ? bytes : undefined
}

const contextAttributes = new Set([
  'specversion',
  'id',
  'source',
  'type',
  'subject',
  'time',
  'datacontenttype',
  'dataschema',
])

/** True for a legal attribute name that the specification itself does not define. */
export function isExtensionName(name: unknown): name is string {
  return typeof name === 'string' && isAttributeName(name) && !contextAttributes.has(name)
}
