import type { CloudEvent } from '../../adapters/index.ts'

/** What a scenario amounts to. */
export interface Tally {
  /** Events whose publish was confirmed. */
  readonly sent: number
  /** Of those, how many were handled. */
  readonly handled: number
  readonly lost: number
  /** Handled again after they had been handled. */
  readonly duplicates: number
  /** First handlings that came after a later one of their key, redeliveries not counted. */
  readonly reordered: number
}

/** Writes down what was confirmed and what was handled. Events of one key are numbered from 0. */
export class Ledger {
  readonly #sent = new Set<string>()
  readonly #handled = new Set<string>()
  readonly #latest = new Map<string, number>()
  #duplicates = 0
  #reordered = 0
  #end: { readonly error: unknown } | undefined

  confirmed(event: CloudEvent): void {
    this.#sent.add(event.id)
  }

  /** `attempt` is the first that the reader saw of it. */
  handled(id: string, attempt: number): void {
    if (this.#isRepeated(id)) return
    const [key = '', number = ''] = id.split('#')
    const latest = this.#latest.get(key) ?? -1
    if (Number(number) > latest) this.#latest.set(key, Number(number))
    else if (attempt === 1) this.#reordered++
  }

  /** It came as a dead letter, which says so of itself: its key went on before. */
  deadLettered(id: string): void {
    this.#isRepeated(id)
  }

  /** A reader cannot go on. */
  ended(error: unknown): void {
    this.#end ??= { error }
  }

  get sentCount(): number {
    return this.#sent.size
  }

  get handledCount(): number {
    return this.#handled.size
  }

  /** Throws what ended a reader: nothing more will be handled. */
  get isComplete(): boolean {
    if (this.#end !== undefined) throw this.#end.error
    return this.#handled.size >= this.#sent.size && this.lost().length === 0
  }

  lost(): readonly string[] {
    return [...this.#sent].filter((id) => !this.#handled.has(id))
  }

  tally(): Tally {
    const lost = this.lost().length
    return {
      sent: this.#sent.size,
      handled: this.#sent.size - lost,
      lost,
      duplicates: this.#duplicates,
      reordered: this.#reordered,
    }
  }

  #isRepeated(id: string): boolean {
    const isRepeated = this.#handled.has(id)
    if (isRepeated) this.#duplicates++
    else this.#handled.add(id)
    return isRepeated
  }
}
