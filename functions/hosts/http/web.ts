import { messageOfRequest } from '../../../adapters/http/request.ts'
import { type HttpFunctionOptions, respondWith, usualLimits } from './respond.ts'

/**
 * An HTTP function for whatever serves web-standard requests: see {@link respondWith} for what it answers. Never rejects.
 * Throws `ERR_CONFIG` for wrong options.
 */
export function httpFunction(options: HttpFunctionOptions): (request: Request) => Promise<Response> {
  const respond = respondWith(options)
  const { maxBytes = usualLimits.maxBytes, maxHeaderBytes = usualLimits.maxHeaderBytes } = options

  return async (request) => {
    const { status, headers, body } = await respond({
      method: request.method,
      authorization: request.headers.get('authorization'),
      headers: Object.fromEntries(request.headers),
      message: () => messageOfRequest(request, { maxBytes, maxHeaderBytes, signal: request.signal }),
      signal: request.signal,
    })
    const isBodiless = status === 204 || request.method === 'HEAD'
    return new Response(isBodiless ? null : (body ?? null), { status, headers })
  }
}
