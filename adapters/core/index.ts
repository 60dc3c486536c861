/** The portable core: what an adapter or a host is built with. @module */
export type { Annotations, Binding, BindingOptions, EncodeOptions, Mode, Origin } from './binding.ts'
export { bindingOptionNames, bindingOptionsOf, bindingParameters } from './binding-options.ts'
export type {
  Broker,
  PublishOptions,
  Receipt,
  SendOptions,
  Sink,
  SubscribeOptions,
  Subscription,
} from './broker.ts'
export { repeatsInPlace, startKind } from './claims.ts'
export { type Clock, sleep, systemClock } from './clock.ts'
export {
  type Adapter,
  type BrokerConfig,
  connectWith,
  type ParameterType,
  redactUrl,
  type Target,
} from './connect.ts'
export { type BrokerParts, createBroker } from './create-broker.ts'
export { type DeadLetter, deadLetterMessage } from './dead-letter.ts'
export type {
  Capabilities,
  Deliver,
  Delivery,
  Driver,
  Outcome,
  ReceiveOptions,
  Refusal,
  SendResult,
  Source,
  StartKind,
  StartPosition,
  Topology,
} from './driver.ts'
export type { Emit } from './emit.ts'
export {
  codeOf,
  DecodeError,
  type ErrorCode,
  InvalidEventError,
  messageOf,
  PublishError,
  type RecordFailure,
  TerminalError,
  type Violation,
  WaybillError,
  type WaybillErrorOptions,
} from './errors.ts'
export {
  type AttributeValue,
  type Changes,
  type CloudEvent,
  createEvent,
  type DeriveOptions,
  derive,
  type NewEvent,
} from './event.ts'
export {
  type DocumentedExtensions,
  documentedExtensions,
  type ExtensionType,
  typedExtension,
} from './extensions.ts'
export { extensionsOf } from './extensions-of.ts'
export {
  type Awaitable,
  type Context,
  compose,
  type EventStream,
  type Handler,
  type HandlerResult,
  type Middleware,
} from './handler.ts'
export { headerBinding } from './header-binding.ts'
export type { HeaderTransport } from './header-transport.ts'
export {
  decodeJson,
  decodeJsonBatch,
  encodeJson,
  encodeJsonBatch,
  jsonBatchMediaType,
  jsonMediaType,
  type ReadOptions,
} from './json.ts'
export { type Leniency, leniencies, type Warn, type Warning } from './leniency.ts'
export { headerOf, type Message, sizeOf } from './message.ts'
export { hint, nearest } from './nearest.ts'
export type { Logger, Observation, Observe } from './observe.ts'
export { type Backoff, backoffMs, type Policy, type ResolvedPolicy, resolvePolicy } from './policy.ts'
export type { PublishRetry } from './publisher.ts'
export {
  positionOf,
  type Raw,
  type RawAttributes,
  rawEvent,
  rawSource,
  timeText,
  type UsualRaw,
} from './raw.ts'
export { type RunnerOptions, runner } from './runner.ts'
export { validate, violationsOf } from './validate.ts'
