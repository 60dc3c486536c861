import type { Scenario } from '../../scenario.ts'
import { serverForgets } from '../server-forgets.ts'
import { readerCut } from './reader-cut.ts'
import { serverFrozen } from './server-frozen.ts'
import { serverGone } from './server-gone.ts'

/** What may go wrong with Pub/Sub: its emulator keeps nothing when it ends, so `server-killed` is another one here. */
export const pubsubScenarios: Readonly<Record<string, Scenario>> = {
  'server-killed': serverForgets('server-killed'),
  'server-gone': serverGone,
  'server-frozen': serverFrozen,
  'reader-cut': readerCut,
}
