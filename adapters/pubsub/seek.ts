import type { Source, StartPosition } from '../core/driver.ts'
import { codeOf } from '../core/errors.ts'
import type { Journal } from '../core/journal.ts'
import type { Requests } from './api.ts'
import { spanOf } from './duration.ts'
import { problem, problemOf } from './problem.ts'
import { oldestTime, shortOf } from './subscription.ts'

/** The moment that a start position means. Throws `ERR_UNSUPPORTED` for a position. */
export function momentOf(position: StartPosition): number {
  if (position === 'earliest') return oldestTime(Date.now())
  // What was stored in this very millisecond is skipped as well.
  if (position === 'latest') return Date.now() + 1
  if ('time' in position) return Math.max(0, position.time)
  throw problem('ERR_UNSUPPORTED', 'a message cannot be sought by its id: use a time, or a snapshot')
}

/**
 * Puts a new group where its source starts: without this it gets what is published from now on. Where a source leaves the start
 * open, a server that cannot seek is no reason not to read.
 */
export async function seekFirst(
  api: Requests,
  name: string,
  source: Source,
  log: Journal['log'],
): Promise<void> {
  const { topic, start } = source
  if (start === 'latest') return
  try {
    await seekTo(api, name, source, momentOf(start ?? 'earliest'))
  } catch (error) {
    if (start !== undefined || codeOf(error) !== 'ERR_UNSUPPORTED') throw error
    log(
      'warn',
      { topic, subscription: name },
      'the server cannot seek: the group begins where it puts a new one',
    )
  }
}

/** Marks what was published before a moment as acknowledged, and what was published since as not. */
export async function seekTo(api: Requests, name: string, source: Source, moment: number): Promise<void> {
  await api.seek(name, { time: spanOf(moment) }).catch((error: unknown) => {
    throw problemOf(error, {
      what: `moving subscription "${shortOf(name)}" of topic "${source.topic}"`,
      permission: 'pubsub.subscriptions.consume',
      address: api.address,
    })
  })
}
