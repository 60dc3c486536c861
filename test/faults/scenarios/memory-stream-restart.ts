import { serverForgets } from './server-forgets.ts'

/** The server restarts without the disk that a stream in memory never had. */
export const memoryStreamRestart = serverForgets('memory-stream-restart', { storage: 'memory' })
