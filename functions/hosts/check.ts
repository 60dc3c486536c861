import { messageOf, WaybillError } from '../../adapters/core/errors.ts'
import type { Middleware } from '../../adapters/core/handler.ts'

interface Checked {
  readonly name: string
  readonly middleware?: readonly Middleware[] | undefined
}

/**
 * Asks the middleware of functions whether what it needs can be used, such as the store of handled events. Throws the first
 * that cannot, with the function's name.
 */
export async function checkMiddleware(functions: readonly Checked[]): Promise<void> {
  for (const { name, middleware = [] } of functions) {
    const checks = middleware.map((each) => each.check?.())
    await Promise.all(checks).catch((cause: unknown) => {
      if (!(cause instanceof WaybillError))
        throw new Error(`function "${name}": ${messageOf(cause)}`, { cause })
      const { code, adapter, detail } = cause
      throw new WaybillError(code, `function "${name}": ${detail}`, { adapter, cause })
    })
  }
}
