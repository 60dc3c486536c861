import type { Binding } from '../../adapters/core/binding.ts'
import type { Delivering } from '../../adapters/core/claims.ts'
import type { Deliver } from '../../adapters/core/driver.ts'
import { WaybillError } from '../../adapters/core/errors.ts'
import { compose, type Handler, type Middleware } from '../../adapters/core/handler.ts'
import { refuseUnknown } from '../../adapters/core/known.ts'
import type { Logger, Observe } from '../../adapters/core/observe.ts'
import { type Policy, resolvePolicy } from '../../adapters/core/policy.ts'
import { runner } from '../../adapters/core/runner.ts'
import { buryIn, emitTo, type Outlet } from './outlet.ts'

/** A function that a platform calls: the same on every host. */
export interface HostedFunction {
  /** As logs and the default dead letter name it. */
  readonly name: string
  readonly handler: Handler
  /** Where the events go that the handler returns. */
  readonly sink?: Outlet | undefined
  /**
   * Where events go that can never be handled. Default: the platform repeats them until its own limits, and gives them to its
   * own failure destination.
   */
  readonly deadLetter?: Outlet | undefined
  /**
   * What the runner obeys here: `timeoutMs`, `deadLetter: false`, which drops what can never be handled, and within one call of
   * the platform `concurrency`: how many calls run at once is the platform's to limit.
   * How often and how long a failed event is repeated is the platform's to obey; the stack is compiled from the same policy.
   */
  readonly policy?: Policy | undefined
  /** The first is the outermost. */
  readonly middleware?: readonly Middleware[] | undefined
  readonly logger?: Logger | undefined
  readonly observe?: Observe | undefined
}

const names = ['name', 'handler', 'sink', 'deadLetter', 'policy', 'middleware', 'logger', 'observe']

/** Checks a function and gives what makes its `Deliver`: one for each call of the platform, so that calls share no state. */
export function hosted(
  host: string,
  options: HostedFunction,
  { binding, delivering, own }: { binding: Binding; delivering: Delivering; own: readonly string[] },
): () => Deliver {
  refuseUnknown(options, [...names, ...own], 'option of the function', host)
  const { name, handler, sink, deadLetter, middleware = [], logger, observe } = options
  if (typeof name !== 'string' || name === '')
    throw problem(host, 'the function has no "name": give one, for logs')
  if (typeof handler !== 'function')
    throw problem(host, `function "${name}" has no "handler": give (event, context) => …`)
  const policy = resolvePolicy(options.policy ?? {}, name)
  if (policy.deadLetter === false && deadLetter !== undefined)
    throw problem(
      host,
      `function "${name}" has a "deadLetter", but its policy says false: leave one of them out`,
    )
  const composed = compose(middleware, handler)
  const running = {
    policy,
    logger,
    observe,
    emit: sink && emitTo(sink),
    deadLetter: deadLetter && buryIn(deadLetter, binding),
  }
  // The last is kept, and read by nobody: V8 drops code that it compiled for functions when the last of their kind goes.
  let latest: Deliver
  return () => {
    latest = runner(binding, delivering, composed, running)
    return latest
  }
}

export function problem(host: string, message: string, cause?: unknown): WaybillError {
  return new WaybillError('ERR_CONFIG', message, { adapter: host, cause })
}
