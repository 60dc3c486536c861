import type { CloudEvent } from './event.ts'
import type { ExtensionType } from './extensions.ts'
import { type Layout, layoutOf } from './layout.ts'
import { eventOfLayout } from './layout-event.ts'

const most = 4
/** A pattern takes as long to make as several hundred events to read: a short-lived process had better not. */
const firstWait = 500
const longestWait = 12_800
/** What may be declined before layouts are given up. */
const trust = 8
const mostTrust = 32

/**
 * The layouts of the events that were read last. Producers write the members of their events in one order, and a document of
 * a known layout is read by its pattern, with nothing parsed but the data: half of the time.
 *
 * Nothing of an event is kept but the names of its members. What strangers send costs little: layouts are few, are looked
 * for seldom and ever more seldom, and are given up where more documents are declined than read.
 */
export class Layouts {
  readonly #extensions: ReadonlyMap<string, ExtensionType>
  #known: Layout[] = []
  #trust = 0
  #wait = firstWait
  #unread = 0

  constructor(extensions: ReadonlyMap<string, ExtensionType>) {
    this.#extensions = extensions
  }

  /** The event of a document of a known layout: the one that is read without. `undefined` where another look is needed. */
  read(json: string): CloudEvent | undefined {
    const known = this.#known
    for (let index = 0; index < known.length; index++) {
      const layout = known[index]
      const found = layout?.head.exec(json)
      if (layout === undefined || !found) continue
      const event = eventOfLayout(layout, found, json)
      if (event === undefined) break
      if (index > 0) this.#prefer(layout)
      if (this.#trust < mostTrust) this.#trust++
      return event
    }
    if (known.length > 0 && --this.#trust < 0) this.#known = []
    return undefined
  }

  /** Hears of each valid document that {@link read} did not read. */
  learn(members: Readonly<Record<string, unknown>>, json: string): void {
    if (++this.#unread < this.#wait) return
    this.#unread = 0
    this.#wait = Math.min(2 * this.#wait, longestWait)
    const layout = layoutOf(members, json, this.#extensions, this.#known)
    const found = layout?.head.exec(json)
    if (layout === undefined || !found || eventOfLayout(layout, found, json) === undefined) return
    this.#prefer(layout)
    this.#trust = Math.max(this.#trust, trust)
  }

  /** First, since it is likely to come again; what has the same names makes way. */
  #prefer(layout: Layout): void {
    this.#known = [layout, ...this.#known.filter(({ names }) => names !== layout.names)].slice(0, most)
  }
}
