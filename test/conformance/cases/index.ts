import type { Case } from '../case.ts'
import { batching } from './batching.ts'
import { capabilities } from './capabilities.ts'
import { closing } from './closing.ts'
import { deadLetter } from './dead-letter.ts'
import { events } from './events.ts'
import { faults } from './faults.ts'
import { groups } from './groups.ts'
import { inLanes } from './lanes.ts'
import { lifecycle } from './lifecycle.ts'
import { ordering } from './ordering.ts'
import { outcomes } from './outcomes.ts'
import { raw } from './raw.ts'
import { replay } from './replay.ts'
import { retrying } from './retrying.ts'
import { settling } from './settling.ts'
import { transport } from './transport.ts'

/** Everything that every broker keeps to. */
export const cases: readonly Case[] = [
  ...capabilities,
  ...events,
  ...transport,
  ...lifecycle,
  ...closing,
  ...settling,
  ...outcomes,
  ...retrying,
  ...ordering,
  ...inLanes,
  ...groups,
  ...batching,
  ...deadLetter,
  ...raw,
  ...replay,
  ...faults,
]
