import { connect, createServer, type Socket } from 'node:net'
import type { LocalServer } from '../../../dev/index.ts'
import { acknowledged, FrameReader, frameOf, kinds } from './frames.ts'
import { OpenStreams } from './open-streams.ts'

/** A ping whose answer tells that the server has read all that was sent before it. */
const lastPing = frameOf(kinds.ping, 0, 0, Buffer.from('the last'))
const lastAnswer = frameOf(kinds.ping, acknowledged, 0, Buffer.from('the last'))

/**
 * Stands in for what Google's emulator (0.8.20) does not do, and the service does: notice that a reader is gone. The stream of a
 * process that was killed, or whose connection broke, keeps its share of the ordering keys there for ever, and nobody gets
 * them; without order every message may go to the dead stream again. It forgets only streams that their reader has ended. So
 * what is put in front of it here ends the streams of each connection that breaks, and passes on everything else as it is.
 */
export async function endingStreams(server: LocalServer): Promise<LocalServer> {
  const { detour } = server
  if (detour === undefined) return server
  const sockets = new Set<Socket>()
  const listener = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ host: '127.0.0.1', port: detour.to, noDelay: true })
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    }
    const streams = new OpenStreams()
    client.on('data', (chunk) => pass(streams.follow(chunk), client, upstream))
    const answers = new FrameReader(0, ({ bytes }) => {
      if (bytes.equals(lastAnswer)) upstream.end()
    })
    upstream.on('data', (chunk) => pass(answers.follow(chunk), upstream, client))
    client.on('close', () => {
      // Closed at once, the server would throw away what it was told and has not read.
      upstream.write(Buffer.concat([streams.ends(), lastPing]))
      upstream.resume()
    })
    upstream.on('close', () => client.destroySoon())
  })
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject)
    listener.listen(0, '127.0.0.1', resolve)
  })
  const address = listener.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    ...server,
    address: `127.0.0.1:${port}`,
    detour: { to: port, at: 0 },
    get pid() {
      return server.pid
    },
    async stop() {
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => listener.close(() => resolve()))
      await server.stop()
    },
  }
}

/** A slow reader slows the writer. */
function pass(bytes: Buffer, from: Socket, to: Socket): void {
  if (bytes.length === 0 || to.destroyed || to.write(bytes)) return
  from.pause()
  to.once('drain', () => from.resume())
}
