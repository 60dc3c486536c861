/**
 * Waits for SIGTERM or SIGINT, then closes, and ends the process with 0; with 1 where a second signal comes before that.
 * Rejects where closing fails.
 */
export async function untilSignal(running: { close(): Promise<unknown> }): Promise<never> {
  await new Promise<void>((resolve) => {
    let isFirst = true
    const hear = () => {
      if (!isFirst) process.exit(1)
      isFirst = false
      resolve()
    }
    process.on('SIGTERM', hear)
    process.on('SIGINT', hear)
  })
  await running.close()
  process.exit(0)
}
