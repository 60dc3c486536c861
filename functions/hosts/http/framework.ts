import type { ServerResponse } from 'node:http'
import { answerWith, callOf, type NodeRequest } from './node.ts'
import { type HttpFunctionOptions, respondWith, usualLimits } from './respond.ts'

/**
 * An HTTP function for Functions Framework, of signature type `http`: `export const handler = frameworkFunction({ … })`.
 * The framework's own CloudEvent signature is not used: it loses ordering key and delivery attempt, and decodes nothing.
 */
export function frameworkFunction(
  options: HttpFunctionOptions,
): (request: NodeRequest, response: ServerResponse) => Promise<void> {
  const respond = respondWith(options)
  const { maxBytes = usualLimits.maxBytes, maxHeaderBytes = usualLimits.maxHeaderBytes } = options

  return async (request, response) => {
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    answerWith(response, await respond(callOf(request, { maxBytes, maxHeaderBytes }, gone.signal)))
  }
}
