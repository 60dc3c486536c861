import * as z from 'zod'
import { connect } from '../../adapters/index.ts'
import { layouts } from './layout.ts'
import { readBacklog } from './read.ts'
import { writeBacklog } from './write.ts'

const sizeSchema = z.object({ events: z.number(), keys: z.number(), lanes: z.number() })

/** What a process of its own is to do; `name` is that of the topic, or what all subjects begin with. */
export const taskSchema = z.object({
  role: z.enum(['write', 'read']),
  broker: z.string(),
  address: z.string(),
  name: z.string(),
  size: sizeSchema,
})

/** How it went: events that came again; CPU time of this process in microseconds an event; resident size after each tenth, and the largest ever, in bytes. */
export const doneSchema = z.object({
  perSecond: z.number(),
  duplicates: z.number(),
  cpu: z.number(),
  resident: z.array(z.number()),
  peak: z.number(),
})

export type Task = z.infer<typeof taskSchema>
export type Done = z.infer<typeof doneSchema>

/** Does it in this process. Rejects where an event is missing or came twice. */
export async function perform({ role, broker: kind, address, name, size }: Task): Promise<Done> {
  const layout = layouts[kind]
  if (layout === undefined) throw new Error(`there is no layout of ${kind}`)
  const broker = await connect(layout.url(address, size))
  const resident: number[] = []
  const sample = (done: number) => {
    if (done >= ((resident.length + 1) * size.events) / 10) resident.push(process.memoryUsage.rss())
  }
  const before = process.cpuUsage()
  const backlog = { broker, layout, name, size, sample }
  const { seconds, duplicates } =
    role === 'read' ? await readBacklog(backlog) : { seconds: await writeBacklog(backlog), duplicates: 0 }
  const { user, system } = process.cpuUsage(before)
  // Closing would fetch what is no part of it.
  const peak = process.resourceUsage().maxRSS * 1_024
  await broker.close()
  return { perSecond: size.events / seconds, duplicates, cpu: (user + system) / size.events, resident, peak }
}
