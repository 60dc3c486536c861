/** Real brokers on this computer, without Docker: for development, tests and benches. @module */
export { cacheFolder } from './cache.ts'
export { isRunning, startOf } from './identity.ts'
export { endProcess } from './process.ts'
export type { Detour, Progress, ServerKind } from './recipe.ts'
export { recipes } from './recipes.ts'
export { type LocalServer, type StartOptions, startServer, whyUnavailable } from './server.ts'
