/** Real brokers on this computer, without Docker: for development, tests and benches. @module */
export type {
  ActiveFault,
  AwsFault,
  DelayFault,
  Hit,
  RecordsFault,
  RefusalFault,
  ResetFault,
} from './aws-fault.ts'
export { type AwsProxy, type AwsProxyOptions, startAwsProxy } from './aws-proxy.ts'
export { cacheFolder } from './cache.ts'
export { isRunning, startOf } from './identity.ts'
export { freePorts } from './port.ts'
export { endProcess } from './process.ts'
export { startProxy, type TcpProxy } from './proxy.ts'
export type { Additions, Detour, Progress, ServerKind } from './recipe.ts'
export { recipes } from './recipes.ts'
export { type LocalServer, type StartOptions, startServer, whyUnavailable } from './server.ts'
