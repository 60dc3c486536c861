/** `waybill/entry`: what the entries that `waybill build` writes are made of. @module */
export { bindingOf, brokerOf, type LazyBroker, withUrls } from './broker.ts'
export { authentication, ensures, isStarted, partialResponses, statusMs } from './environment.ts'
export { type HandlerModule, handlerOf, type LoadedHandler } from './handler.ts'
export { handledAgain, handledOnce, notesInBucket, notesInMemory, notesInTable } from './idempotency.ts'
export { jsonLogger } from './logger.ts'
