import type { Backlog } from './backlog.ts'

/** What reading a backlog came to: the time from the first event to the last, in seconds, and how many came again. */
export interface Reading {
  readonly seconds: number
  readonly duplicates: number
}

/** Reads until each event of a backlog was there. */
export async function readBacklog({ broker, layout, name, size, sample }: Backlog): Promise<Reading> {
  const seen = new Uint8Array(size.events)
  let count = 0
  let duplicates = 0
  let began = 0
  const source = { topic: layout.source(name), group: `${name}-readers` }
  return new Promise((resolve, reject) => {
    const subscription = broker.subscribe(source, ({ id }) => {
      if (count === 0) began = performance.now()
      const number = Number(id)
      if (seen[number] !== 0) {
        duplicates++
        return
      }
      seen[number] = 1
      sample(++count)
      if (count === size.events) resolve({ seconds: (performance.now() - began) / 1_000, duplicates })
    })
    subscription.done.catch(reject)
  })
}
