import type { DecodedEvent } from './decoded.ts'
import type { CloudEvent } from './event.ts'
import type { ExtensionType } from './extensions.ts'
import { type Layout, layoutOf } from './layout.ts'
import { blankOf, eventOfLayout, startOf } from './layout-event.ts'

const most = 4
/**
 * Documents until the first layout is learned: its pattern takes as long to make as several hundred events to read, and a
 * short-lived process had better not. As many, and each time twice as many, pass after layouts were given up.
 */
const firstPause = 500
const longestPause = 100_000
/** Documents of other layouts until one of these is learned, while there is room. */
const nextPause = 64
/** What may be declined before layouts are given up, when one was just learned and at most. */
const trust = 48
const mostTrust = 128
/** What is read in part, its data parsed perhaps, and then from the beginning has cost more than it would have. */
const declined = 4

interface Known {
  readonly layout: Layout
  /**
   * Never read. Where no object of a kind lives while V8 collects garbage, as between two batches, it drops what it has
   * compiled for the kind; to compile it anew takes as long as thousands of events.
   */
  readonly blank: DecodedEvent
  /** Counted in reads. */
  usedAt: number
}

/**
 * The layouts of the events that were read last. Producers write the members of their events in one order, and a document of
 * a known layout is read by its pattern, with nothing parsed but the data: half of the time.
 *
 * Nothing of an event is kept but the names of its members. What strangers send costs little: layouts are few, are looked
 * for ever more seldom, and are given up where more documents are declined than read.
 */
export class Layouts {
  readonly #extensions: ReadonlyMap<string, ExtensionType>
  #known: readonly Known[] = []
  #reads = 0
  #trust = 0
  #unread = 0
  #pause = firstPause
  #nextPause = 2 * firstPause

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
    if (this.#trust < 0) this.#giveUp()
    return undefined
  }

  /** Hears of each valid document that {@link read} did not read. */
  learn(members: Readonly<Record<string, unknown>>, json: string): void {
    if (++this.#unread < this.#pause) return
    this.#unread = 0
    const known = this.#known.map(({ layout }) => layout)
    const layout = layoutOf(members, json, this.#extensions, known)
    const found = layout?.head.exec(startOf(json))
    if (layout === undefined || !found || eventOfLayout(layout, found, json) === undefined) return
    this.#remember(layout)
    this.#trust = Math.max(this.#trust, trust)
    this.#pause = this.#known.length < most ? nextPause : longestPause
  }

  #giveUp(): void {
    this.#known = []
    this.#unread = 0
    this.#pause = this.#nextPause
    this.#nextPause = Math.min(2 * this.#nextPause, longestPause)
  }

  /**
   * In the place of what has the same names or was longest not used. Those with attributes behind the data come first: others
   * would parse these attributes with the data to find that they are none.
   */
  #remember(layout: Layout): void {
    const others = this.#known.filter((known) => known.layout.names !== layout.names)
    const recent = others.toSorted((a, b) => b.usedAt - a.usedAt).slice(0, most - 1)
    const known = [{ layout, blank: blankOf(layout), usedAt: this.#reads }, ...recent]
    this.#known = known.toSorted((a, b) => Number(isWithTail(b)) - Number(isWithTail(a)))
  }
}

function isWithTail({ layout }: Known): boolean {
  return layout.tail !== undefined
}
