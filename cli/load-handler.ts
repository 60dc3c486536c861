import { existsSync } from 'node:fs'
import { WaybillError } from '../adapters/core/errors.ts'
import type { FunctionConfig } from './config/index.ts'
import { type Factory, isFactory, isHandler, type LoadedHandler } from './entry/handler.ts'
import { noHandlerIn } from './handler-exports.ts'
import { importModule } from './import-module.ts'
import { reasonOf } from './report.ts'
import { waitFor } from './unsettled.ts'

export type { LoadedHandler } from './entry/handler.ts'

/**
 * Loads the handler of a function: the module's `handler`, or what its `createHandler(options)` returns. A function that
 * has options needs `createHandler`. Throws `ERR_CONFIG` where the file is missing, cannot be loaded or exports neither.
 */
export async function loadHandler({ name, handler, options }: Target): Promise<LoadedHandler> {
  const { written, path } = handler
  const place = `functions.${name}.handler`
  if (!existsSync(path))
    throw problem(`no file ${path}: correct the path, it is relative to the configuration`)
  const exported = await importModule(path, `${place}: ${written}`).catch((cause: unknown) => {
    throw problem(`${written} cannot be loaded: ${reasonOf(cause)}`, cause)
  })
  const { handler: plain, createHandler } = exported
  if (options === undefined && isHandler(plain)) return plain
  if (isFactory(createHandler)) return create(createHandler)
  throw problem(noHandlerIn(written, Object.keys(exported), isHandler(plain)))

  async function create(factory: Factory): Promise<LoadedHandler> {
    let made: unknown
    try {
      const hint = `${place}: createHandler of ${written} never ends: look at what it awaits`
      made = await waitFor(Promise.resolve(factory(options ?? {})), hint)
    } catch (cause) {
      throw problem(`createHandler of ${written} failed: ${reasonOf(cause)}`, cause)
    }
    if (isHandler(made)) return made
    throw problem(`createHandler of ${written} returned no function: return (event, context) => …`)
  }

  function problem(message: string, cause?: unknown): WaybillError {
    return new WaybillError('ERR_CONFIG', `${place}: ${message}`, { cause })
  }
}

/** Lets go of what a handler holds: connections, files. */
export async function disposeHandler(handler: LoadedHandler): Promise<void> {
  await handler[Symbol.asyncDispose]?.()
}

type Target = Pick<FunctionConfig, 'name' | 'handler' | 'options'>
