/** What is waited for that a user's code alone can end, each with what to tell where it never does. */
const waiting = new Set<string>()

/** Waits for a promise of the user's code. `hint` says what never ended, and where to look. */
export async function waitFor<T>(promise: Promise<T>, hint: string): Promise<T> {
  waiting.add(hint)
  try {
    return await promise
  } finally {
    waiting.delete(hint)
  }
}

/** What Node ends with when nothing is left that could settle a promise that the program waits for. */
const unsettled = 13

/** Makes a process that waits for what never comes end with 1 and say what it was; by itself it ends without a word. */
export function tellUnsettled(): void {
  process.on('exit', () => {
    if (process.exitCode !== unsettled) return
    process.exitCode = 1
    const hints =
      waiting.size > 0
        ? waiting
        : ['the command never ends: look at what handlers and brokers await when they are opened and closed']
    for (const hint of hints) process.stderr.write(`[waybill] ${hint}\n`)
  })
}
