import type { Backlog } from './backlog.ts'

/** Reads a backlog. Resolves with the time from the first event to the last, in seconds; rejects where one comes twice. */
export async function readBacklog({ broker, layout, name, size, sample }: Backlog): Promise<number> {
  const seen = new Uint8Array(size.events)
  let count = 0
  let began = 0
  const source = { topic: layout.source(name), group: `${name}-readers` }
  return new Promise((resolve, reject) => {
    const subscription = broker.subscribe(source, ({ id }) => {
      if (count === 0) began = performance.now()
      const number = Number(id)
      if (seen[number] !== 0) {
        reject(new Error(`event ${id} is none of the backlog, or came twice`))
        return
      }
      seen[number] = 1
      sample(++count)
      if (count === size.events) resolve((performance.now() - began) / 1_000)
    })
    subscription.done.catch(reject)
  })
}
