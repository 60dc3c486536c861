import { onAbort } from '../core/on-abort.ts'

/** True where the work is done within the time, and before the signal aborts. Never rejects. */
export function settledWithin(
  work: Promise<unknown>,
  ms: number,
  signal?: AbortSignal | undefined,
): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (isDone: boolean) => {
      clearTimeout(timer)
      forget?.()
      resolve(isDone)
    }
    const timer = setTimeout(() => end(false), ms)
    const forget = signal && onAbort(signal, () => end(false))
    if (signal?.aborted) end(false)
    work.then(
      () => end(true),
      () => end(true),
    )
  })
}
