/**
 * What waits for something, each under a number of its own, which rises. A `Map` that lives long and is filled and emptied
 * all the time leaves old tables behind that keep alive what they held, and the garbage collector copies all of that.
 */
export class Ring<T> {
  #slots: (Slot<T> | undefined)[]
  #next = 0
  #size = 0

  constructor(slots = 1_024) {
    this.#slots = new Array(slots).fill(undefined)
  }

  get size(): number {
    return this.#size
  }

  /** Returns the number of the item. */
  add(item: T): number {
    if (this.#size * 2 >= this.#slots.length) this.#grow()
    // What waits for long keeps its slot; its numbers are passed over.
    while (this.#slots[this.#next % this.#slots.length] !== undefined) this.#next++
    const number = this.#next++
    this.#slots[number % this.#slots.length] = { number, item }
    this.#size++
    return number
  }

  /** Removes and returns the item of a number. */
  take(number: number): T | undefined {
    const at = number % this.#slots.length
    const slot = this.#slots[at]
    if (slot?.number !== number) return undefined
    this.#slots[at] = undefined
    this.#size--
    return slot.item
  }

  /** Items and their numbers, in no order. */
  *entries(): Generator<readonly [number: number, item: T]> {
    for (const slot of this.#slots) if (slot !== undefined) yield [slot.number, slot.item]
  }

  #grow(): void {
    const slots: (Slot<T> | undefined)[] = new Array(this.#slots.length * 2).fill(undefined)
    for (const slot of this.#slots) if (slot !== undefined) slots[slot.number % slots.length] = slot
    this.#slots = slots
  }
}

interface Slot<T> {
  readonly number: number
  readonly item: T
}
