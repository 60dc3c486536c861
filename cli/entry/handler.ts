import { WaybillError } from '../../adapters/core/errors.ts'
import type { Handler } from '../../adapters/core/handler.ts'

/** What a module of a handler may export. */
export interface HandlerModule {
  readonly handler?: unknown
  readonly createHandler?: unknown
}

/** A handler, and how to let go of what it holds. */
export type LoadedHandler = Handler & Partial<AsyncDisposable>

/** The handler of a module that was bundled: its `handler`, or what its `createHandler(options)` returns. */
export async function handlerOf(
  { handler, createHandler }: HandlerModule,
  options: Readonly<Record<string, unknown>> | undefined,
): Promise<LoadedHandler> {
  if (options === undefined && isHandler(handler)) return handler
  if (!isFactory(createHandler))
    throw new WaybillError(
      'ERR_CONFIG',
      'the module exports no handler: export one, or createHandler(options)',
    )
  const made = await createHandler(options ?? {})
  if (isHandler(made)) return made
  throw new WaybillError('ERR_CONFIG', 'createHandler returned no function: return (event, context) => …')
}

export type Factory = (options: Readonly<Record<string, unknown>>) => unknown

export function isHandler(value: unknown): value is LoadedHandler {
  return typeof value === 'function'
}

export function isFactory(value: unknown): value is Factory {
  return typeof value === 'function'
}
