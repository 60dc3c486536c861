import type { CloudEvent } from './event.ts'
import type { ExtensionType } from './extensions.ts'
import { type Layout, layoutOf } from './layout.ts'
import { eventOfLayout, startOf } from './layout-event.ts'

const most = 4
/** A pattern takes as long to make as several hundred events to read: a short-lived process had better not. */
const firstWait = 500
const longestWait = 12_800
/** What may be declined before layouts are given up. */
const trust = 8
const mostTrust = 32
/** What is read in part, its data parsed perhaps, and then from the beginning has cost more than it would have. */
const declined = 4

interface Known {
  readonly layout: Layout
  /** Counted in reads. */
  usedAt: number
}

/**
 * The layouts of the events that were read last. Producers write the members of their events in one order, and a document of
 * a known layout is read by its pattern, with nothing parsed but the data: half of the time.
 *
 * Nothing of an event is kept but the names of its members. What strangers send costs little: layouts are few, are looked
 * for seldom and ever more seldom, and are given up where more documents are declined than read.
 */
export class Layouts {
  readonly #extensions: ReadonlyMap<string, ExtensionType>
  #known: readonly Known[] = []
  #reads = 0
  #trust = 0
  #wait = firstWait
  #unread = 0

  constructor(extensions: ReadonlyMap<string, ExtensionType>) {
    this.#extensions = extensions
  }

  /** The event of a document of a known layout: the one that is read without. `undefined` where another look is needed. */
  read(json: string): CloudEvent | undefined {
    if (this.#known.length === 0) return undefined
    const start = startOf(json)
    let price = 1
    for (const known of this.#known) {
      const { layout } = known
      const found = layout.head.exec(start)
      if (found === null) continue
      const event = eventOfLayout(layout, found, json)
      if (event === undefined) {
        price = declined
        continue
      }
      known.usedAt = ++this.#reads
      if (this.#trust < mostTrust) this.#trust++
      return event
    }
    this.#trust -= price
    if (this.#trust < 0) this.#known = []
    return undefined
  }

  /** Hears of each valid document that {@link read} did not read. */
  learn(members: Readonly<Record<string, unknown>>, json: string): void {
    if (++this.#unread < this.#wait) return
    this.#unread = 0
    this.#wait = Math.min(2 * this.#wait, longestWait)
    const layout = layoutOf(
      members,
      json,
      this.#extensions,
      this.#known.map(({ layout }) => layout),
    )
    const found = layout?.head.exec(startOf(json))
    if (layout === undefined || !found || eventOfLayout(layout, found, json) === undefined) return
    this.#remember(layout)
    this.#trust = Math.max(this.#trust, trust)
  }

  /**
   * In the place of what has the same names or was longest not used. Those with attributes behind the data come first: others
   * would parse these attributes with the data to find that they are none.
   */
  #remember(layout: Layout): void {
    const others = this.#known.filter((known) => known.layout.names !== layout.names)
    const recent = others.toSorted((a, b) => b.usedAt - a.usedAt).slice(0, most - 1)
    const known = [{ layout, usedAt: this.#reads }, ...recent]
    this.#known = known.toSorted((a, b) => Number(isWithTail(b)) - Number(isWithTail(a)))
  }
}

function isWithTail({ layout }: Known): boolean {
  return layout.tail !== undefined
}
