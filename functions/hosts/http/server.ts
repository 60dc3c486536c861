import { createServer } from 'node:http'
import { codeOf, messageOf } from '../../../adapters/core/errors.ts'
import { checkMiddleware } from '../check.ts'
import { listen } from '../listen.ts'
import { portOf } from '../port.ts'
import { text } from './call.ts'
import { answerWith, callOf } from './node.ts'
import { type HttpFunctionOptions, respondWith, usualLimits } from './respond.ts'

export interface ServeOptions extends HttpFunctionOptions {
  /** Default: the environment's `PORT`, as Cloud Run sets it, else 8080. 0 is any that is free. */
  readonly port?: number | undefined
  /** Default: every address of the computer. */
  readonly hostname?: string | undefined
  /** Time that a request may take to arrive, in milliseconds; then 408. Default 60 000. */
  readonly requestTimeoutMs?: number | undefined
  /** Time that close gives to requests under way before it cuts them short. Default 8 000: Cloud Run ends a container after 10 s. */
  readonly drainMs?: number | undefined
}

/** A running server. */
export interface HttpServer extends AsyncDisposable {
  readonly url: string
  /** Takes no further requests, lets those under way finish within `drainMs`, and resolves. Safe to call again. */
  close(): Promise<void>
}

/**
 * Serves an HTTP function, for Cloud Run and any other container. Throws `ERR_CONFIG` for wrong options and where the port
 * cannot be had, `ERR_NOT_FOUND` where its middleware needs what is missing.
 */
export async function serve(options: ServeOptions): Promise<HttpServer> {
  const { port, hostname, requestTimeoutMs = 60_000, drainMs = 8_000, ...rest } = options
  const { maxBytes = usualLimits.maxBytes, maxHeaderBytes = usualLimits.maxHeaderBytes } = rest
  const respond = respondWith(rest)
  await checkMiddleware([rest]).catch(refuseMissing)
  const cut = new AbortController()
  const underWay = new Set<Promise<void>>()
  let isClosing = false

  const server = createServer(
    {
      maxHeaderSize: maxHeaderBytes + 16_384,
      requestTimeout: requestTimeoutMs,
      connectionsCheckingInterval: 1_000,
    },
    (request, response) => {
      const gone = new AbortController()
      response.once('close', () => gone.abort())
      const call = callOf(request, { maxBytes, maxHeaderBytes }, AbortSignal.any([gone.signal, cut.signal]))
      const isHealth = request.method === 'GET' || request.method === 'HEAD'
      const answering = isClosing && isHealth ? Promise.resolve(text(503, 'closing')) : respond(call)
      const done = answering.then(async (answer) => {
        // What is left of a body that was refused would be read as the next request.
        const close = isClosing || !request.complete
        if (response.destroyed) return
        const sent = new Promise((resolve) => response.once('close', resolve))
        answerWith(response, answer, { close })
        await sent
      })
      underWay.add(done)
      void done.finally(() => underWay.delete(done))
    },
  )
  const url = await listen('http', server, port ?? portOf(process.env.PORT, 'http'), hostname)
  let closing: Promise<void> | undefined

  async function drain(): Promise<void> {
    isClosing = true
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    server.closeIdleConnections()
    const timer = setTimeout(() => cut.abort(), drainMs)
    while (underWay.size > 0) await Promise.all(underWay)
    clearTimeout(timer)
    // What is left says nothing, or has not come to the end of its headers: Node.js would wait a minute for it.
    server.closeAllConnections()
    await closed
  }

  /** A container that does not come up is not deployed. What is there and out of reach may come back: events are held meanwhile. */
  function refuseMissing(error: unknown): void {
    if (['ERR_NOT_FOUND', 'ERR_CONFIG', 'ERR_MISSING_CLIENT'].includes(codeOf(error) ?? '')) throw error
    rest.logger?.warn({ reason: messageOf(error) }, 'serving, but events are held for now')
  }

  function close(): Promise<void> {
    closing ??= drain()
    return closing
  }

  return {
    url,
    close,
    [Symbol.asyncDispose]: close,
  }
}
