/** The host for pushed events: Cloud Run, Cloud Run functions, any container. @module */
export type { PushAuthentication } from './http/authentication.ts'
export { frameworkFunction } from './http/framework.ts'
export type { HttpFunctionOptions } from './http/respond.ts'
export { type HttpServer, type ServeOptions, serve } from './http/server.ts'
export { httpFunction } from './http/web.ts'
export { untilSignal } from './signals.ts'
