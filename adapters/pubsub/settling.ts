import { isRecord } from '../core/is-record.ts'
import type { Journal } from '../core/journal.ts'
import type { Requests } from './api.ts'
import { isPassing, toldBy } from './problem.ts'

export interface SettlingOptions {
  readonly api: Requests
  readonly subscription: string
  /** How long it is worth trying: after it the service has given the message to others. */
  readonly ackDeadlineMs: number
  readonly log: Journal['log']
  /** With exactly-once delivery: the service says that some of the messages are not ours any more. */
  readonly onLost: () => void
}

interface Told {
  /** 0 gives back at once; `undefined` acknowledges. */
  readonly seconds: number | undefined
  readonly ackId: string
}

/** A request holds 512 KiB (https://cloud.google.com/pubsub/quotas); an id has less than 200 bytes. */
const mostIds = 2_000
const firstWaitMs = 100
const longestWaitMs = 1_000
/** https://cloud.google.com/pubsub/docs/exactly-once-delivery, "Failures": what follows this may be tried again. */
const transient = 'TRANSIENT_FAILURE_'
const isFailure = /^(TRANSIENT|PERMANENT)_FAILURE_/

/** Tells the service what became of messages: what is said in one turn, and while a request is on its way, goes out together. */
export class Settling {
  readonly #options: SettlingOptions
  #told: Told[] = []
  #running: Promise<void> | undefined

  constructor(options: SettlingOptions) {
    this.#options = options
  }

  acknowledge(ackId: string): void {
    this.#tell(ackId, undefined)
  }

  /** Gives a message back, to come again after `seconds` at the earliest. */
  giveBack(ackId: string, seconds = 0): void {
    this.#tell(ackId, seconds)
  }

  /** Keeps messages for the whole deadline from now on; true where the service took note. */
  async keep(ackIds: readonly string[]): Promise<boolean> {
    const { api, subscription, ackDeadlineMs, log, onLost } = this.#options
    try {
      for (let i = 0; i < ackIds.length; i += mostIds)
        await api.modifyAckDeadline(subscription, ackIds.slice(i, i + mostIds), ackDeadlineMs / 1_000)
      return true
    } catch (error) {
      const failures = failuresOf(error)
      if (failures === undefined)
        log('warn', { subscription, error: toldBy(error) }, 'extending leases failed')
      else if (Object.values(failures).some((code) => !code.startsWith(transient))) onLost()
      return false
    }
  }

  /** Resolves when everything that was told has been sent, or given up. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running
  }

  #tell(ackId: string, seconds: number | undefined): void {
    this.#told.push({ ackId, seconds })
    this.#running ??= this.#run()
  }

  async #run(): Promise<void> {
    await new Promise(setImmediate)
    while (this.#told.length > 0) {
      const told = this.#told
      this.#told = []
      const bySeconds = new Map<number | undefined, string[]>()
      for (const { ackId, seconds } of told) {
        const ids = bySeconds.get(seconds)
        if (ids === undefined) bySeconds.set(seconds, [ackId])
        else ids.push(ackId)
      }
      for (const [seconds, ids] of bySeconds)
        for (let i = 0; i < ids.length; i += mostIds) await this.#send(ids.slice(i, i + mostIds), seconds)
    }
    this.#running = undefined
  }

  /** Tries until the deadline has passed; then the message comes again, which is said. */
  async #send(ackIds: readonly string[], seconds: number | undefined): Promise<void> {
    const { api, subscription, ackDeadlineMs, log } = this.#options
    const end = Date.now() + ackDeadlineMs
    let ids = ackIds
    for (let waitMs = firstWaitMs; ; waitMs = Math.min(longestWaitMs, 2 * waitMs)) {
      try {
        if (seconds === undefined) await api.acknowledge(subscription, ids)
        else await api.modifyAckDeadline(subscription, ids, seconds)
        return
      } catch (error) {
        const failures = failuresOf(error)
        const failed = failures === undefined ? ids : ids.filter((ackId) => failures[ackId] !== undefined)
        const mayHelp = failures === undefined ? () => isPassing(error) : isTransientIn(failures)
        const again = Date.now() + waitMs < end ? failed.filter(mayHelp) : []
        const count = failed.length - again.length
        if (count > 0)
          log(
            'warn',
            { subscription, count, error: toldBy(error) },
            'messages could not be settled: they come again',
          )
        if (again.length === 0) return
        ids = again
      }
      await new Promise((resolve) => setTimeout(resolve, waitMs))
    }
  }
}

function isTransientIn(failures: Readonly<Record<string, string>>): (ackId: string) => boolean {
  return (ackId) => failures[ackId]?.startsWith(transient) === true
}

/**
 * With exactly-once delivery: which of the ids failed, and why; those that are not named succeeded. Other errors carry such details as
 * well, of the service and the project: they name no id.
 */
function failuresOf(error: unknown): Readonly<Record<string, string>> | undefined {
  if (!isRecord(error) || !isRecord(error.errorInfoMetadata)) return undefined
  const failures: Record<string, string> = {}
  for (const [ackId, code] of Object.entries(error.errorInfoMetadata))
    if (typeof code === 'string' && isFailure.test(code)) failures[ackId] = code
  return Object.keys(failures).length > 0 ? failures : undefined
}
