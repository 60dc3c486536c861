import type { OpenPath } from '../brokers/latency.ts'

/** Events sent and not arrived, at most. */
const ahead = 2_000
const chunk = 100

/** Events per second that a path carries, sending as fast as they arrive; the second half of them counts. */
export async function highestRate(open: OpenPath, count: number): Promise<number> {
  let seen = 0
  const path = await open(() => seen++)
  const sends: unknown[] = []
  let start = 0
  for (let sent = 0; seen < count; ) {
    if (start === 0 && seen >= count / 2) start = performance.now()
    if (sent < count && sent - seen < ahead) {
      sends.push(path.send(sent, sent + chunk))
      sent += chunk
    } else await new Promise<void>((resolve) => setImmediate(resolve))
  }
  const seconds = (performance.now() - start) / 1_000
  await Promise.all(sends)
  await path.close()
  return count / 2 / seconds
}
