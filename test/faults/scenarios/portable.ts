import type { Scenario } from '../scenario.ts'
import { connectionCut } from './connection-cut.ts'
import { consumerKilled } from './consumer-killed.ts'
import { deadLetterDown } from './dead-letter-down.ts'
import { readersComeAndGo } from './readers-come-and-go.ts'
import { serverKilled } from './server-killed.ts'
import { slowHandler } from './slow-handler.ts'
import { workerKilled } from './worker-killed.ts'

/** What may go wrong with every broker that keeps what it has confirmed. */
export const portable: Readonly<Record<string, Scenario>> = {
  'server-killed': serverKilled,
  'consumer-killed': consumerKilled,
  'worker-killed': workerKilled,
  'readers-come-and-go': readersComeAndGo,
  'dead-letter-down': deadLetterDown,
  'slow-handler': slowHandler,
  'connection-cut': connectionCut,
}
