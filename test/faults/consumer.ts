/**
 * A reader in a process of its own, which a scenario kills: tells each handled event in a line, `<attempt> <id>`, before it
 * acknowledges it. Arguments: URL, topic, group.
 */
import { writeSync } from 'node:fs'
import { connect } from '../../adapters/index.ts'
import { attemptOf } from './attempt.ts'

const [url = '', topic = '', group = ''] = process.argv.slice(2)
const broker = await connect(url)
const subscription = broker.subscribe({ topic, group }, async (event, context) => {
  // Synchronous, or a kill would lose lines of events that were acknowledged.
  writeSync(1, `${attemptOf(event, context)} ${event.id}\n`)
  await new Promise((resolve) => setImmediate(resolve))
})
process.once('SIGTERM', () => void broker.close())
await subscription.done
