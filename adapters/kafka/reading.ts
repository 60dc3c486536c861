import type { Deliver, ReceiveOptions, Source } from '../core/driver.ts'
import { codeOf, messageOf } from '../core/errors.ts'
import type { Logger } from '../core/observe.ts'
import { onAbort } from '../core/on-abort.ts'
import type { Client } from './client.ts'
import { Member } from './member.ts'
import { faultOf, isDenial, problemOf } from './problem.ts'
import { sessionRefusal } from './session.ts'
import { instanceOf } from './static-member.ts'
import type { Topics } from './topics.ts'
import { settledWithin } from './within.ts'

export interface ReadingParts {
  readonly client: Client
  readonly topics: Topics
  readonly logger: Logger | undefined
  /** Puts a new group at the start of its source. */
  readonly place: (source: Source, topics: readonly string[]) => Promise<void>
}

const longestPauseMs = 5_000
/** What ends with the next attempt to join. */
const rejoin = new Set([
  'REBALANCE_IN_PROGRESS',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'NOT_COORDINATOR_FOR_GROUP',
])

/**
 * Reads until the signal aborts. A member that crashes because the cluster cannot be reached is replaced, without end; what
 * cannot become better by itself (no such topic, no right to read it) rejects.
 */
export async function read(
  { client, topics, logger, place }: ReadingParts,
  source: Source,
  deliver: Deliver,
  signal: AbortSignal,
  { prefetch }: ReceiveOptions,
): Promise<void> {
  const { group } = source
  const { instanceId } = client.settings
  const what = `reading "${source.topic}" as group "${group}"`
  const names = await topics.matching(source.topic)
  if (signal.aborted) return
  await place(source, names)
  const aborted = abortOf(signal)
  let replaces: string | undefined
  for (let pauseMs = 100; !signal.aborted; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    const began = performance.now()
    const member = new Member(client, {
      group,
      topics: names,
      deliver,
      prefetch,
      instanceId: instanceId === undefined ? undefined : instanceOf(instanceId, source.topic),
      replaces,
      onCommitFailure: (error) => sayCommitFailed(logger, group, error),
    })
    member.start()
    const end = await Promise.race([aborted, member.crashed.then((error) => ({ error }))])
    if (end === undefined) return member.stop()
    await member.abandon()
    const { error } = end
    replaces = member.id ?? replaces
    if (!(await canGoOn(topics, source, error))) {
      const { brokers } = client.settings
      const refusal = await sessionRefusal(client, what, error)
      throw refusal ?? problemOf(what, error, { brokers, code: 'ERR_CONFIG' })
    }
    if (performance.now() - began > longestPauseMs) pauseMs = 100
    logger?.warn(
      { group, topic: source.topic, reason: messageOf(error) },
      `[kafka] ${what} broke off: joining again`,
    )
    await settledWithin(new Promise(() => {}), pauseMs, signal)
  }
}

async function canGoOn(topics: Topics, source: Source, error: unknown): Promise<boolean> {
  const fault = faultOf(error)
  const passes = fault.isConnection || fault.retriable || rejoin.has(fault.type ?? '')
  if ((isDenial(fault) && !fault.isConnection) || !passes) return false
  try {
    await topics.matching(source.topic)
    return true
  } catch (found) {
    if (codeOf(found) === 'ERR_NOT_FOUND') throw found
    return true
  }
}

function sayCommitFailed(logger: Logger | undefined, group: string, error: unknown): void {
  const { type, message } = faultOf(error)
  if (logger === undefined) return
  const fields = { group, reason: message }
  if (rejoin.has(type ?? '')) logger.debug(fields, '[kafka] positions are committed after the rebalance')
  else logger.warn(fields, '[kafka] committing positions failed: they are committed again')
}

function abortOf(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined)
    else onAbort(signal, () => resolve(undefined))
  })
}
