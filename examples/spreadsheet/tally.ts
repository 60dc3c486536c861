import type { CloudEvent, Delivery, Observation } from '../../adapters/index.ts'
import { messageOf } from '../../adapters/index.ts'
import { RowSet } from './row-set.ts'

/** Rows that were dead-lettered for the same reason. */
export interface Reason {
  readonly text: string
  count: number
  /** The first of them. */
  readonly rows: number[]
}

export interface TallyOptions {
  /** The name of the file, as its rows carry it. */
  readonly subject: string
  /** Columns that the rows should come to have. */
  readonly columns: readonly string[]
  readonly decode: (name: string, delivery: Delivery) => CloudEvent
}

const shownRows = 5
const shownEvents = 5
const mostReasons = 50

/** Follows one file through the pipeline, by what the worker reports. */
export class Tally {
  readonly stored = new RowSet()
  readonly deadLettered = new RowSet()
  readonly reasons = new Map<string, Reason>()
  /** The first that were stored. */
  readonly firstStored: CloudEvent[] = []
  /** Columns that no stored row has had yet. */
  readonly unseen: Set<string>
  /** Resolves when every row of the file is stored or dead-lettered; rejects when the file cannot be read. */
  readonly finished: Promise<void>
  /** Rows of the file; known once it is read to its end. */
  rowsIn: number | undefined
  /** Rows that have come out of the file so far. */
  rowsSeen = 0
  /** Events handled, over all functions. */
  handled = 0
  retried = 0
  readonly #options: TallyOptions
  #finish: () => void = () => {}
  #fail: (reason: unknown) => void = () => {}

  constructor(options: TallyOptions) {
    this.#options = options
    this.unseen = new Set(options.columns)
    this.finished = new Promise((resolve, reject) => {
      this.#finish = resolve
      this.#fail = reject
    })
  }

  observe(name: string, observation: Observation): void {
    const { kind, delivery } = observation
    if (kind === 'handled') this.handled++
    if (kind === 'retried') this.retried++
    if (name === 'extract-subset' && kind === 'received' && delivery.attempt === 1) this.rowsSeen++
    if (name === 'upload') {
      if (kind === 'handled') this.rowsIn = observation.emitted
      if (kind === 'dead-lettered' || kind === 'dropped') this.#fail(observation.cause)
    } else if (kind === 'dead-lettered' || kind === 'dropped') {
      const { subject, row } = this.#options.decode(name, delivery)
      if (subject === this.#options.subject) this.#bury(Number(row), messageOf(observation.cause))
    } else if (name === 'store' && kind === 'handled') {
      const event = this.#options.decode(name, delivery)
      if (event.subject === this.#options.subject) this.#store(event)
    }
    if (this.rowsIn !== undefined && this.stored.size + this.deadLettered.size >= this.rowsIn) this.#finish()
  }

  #store(event: CloudEvent): void {
    if (!this.stored.add(Number(event.row))) return
    if (this.firstStored.length < shownEvents) this.firstStored.push(event)
    if (this.unseen.size > 0) for (const name of Object.keys(event.data ?? {})) this.unseen.delete(name)
  }

  #bury(row: number, cause: string): void {
    if (!this.deadLettered.add(row)) return
    const own = cause.replace(` in row ${row} of ${this.#options.subject}`, '')
    const text = this.reasons.size < mostReasons || this.reasons.has(own) ? own : 'other reasons'
    const reason = this.reasons.get(text) ?? { text, count: 0, rows: [] }
    reason.count++
    if (reason.rows.length < shownRows) reason.rows.push(row)
    this.reasons.set(text, reason)
  }
}
