/** First in, first out, in constant time: `Array.shift` moves every element. */
export class Queue<T> {
  #items: T[] = []
  #head = 0

  get length(): number {
    return this.#items.length - this.#head
  }

  push(item: T): void {
    // An array literal has room for one item, a push to an empty array makes room for seventeen: most lanes hold one.
    if (this.#items.length === 0) this.#items = [item]
    else this.#items.push(item)
  }

  peek(): T | undefined {
    return this.#items[this.#head]
  }

  shift(): T | undefined {
    const item = this.#items[this.#head]
    if (this.length > 0) this.#advance(1)
    return item
  }

  /** Removes and returns up to `count` items from the front. */
  take(count: number): T[] {
    if (this.#head === 0 && count >= this.#items.length) {
      const all = this.#items
      this.#items = []
      return all
    }
    const taken = this.#items.slice(this.#head, this.#head + count)
    this.#advance(taken.length)
    return taken
  }

  /** Puts items back in front, the first of them first. */
  putBack(items: readonly T[]): void {
    if (items.length <= this.#head) {
      this.#head -= items.length
      for (const [i, item] of items.entries()) this.#items[this.#head + i] = item
    } else {
      this.#items = [...items, ...this.#items.slice(this.#head)]
      this.#head = 0
    }
  }

  clear(): T[] {
    return this.take(this.length)
  }

  #advance(count: number): void {
    this.#head += count
    if (this.#head === this.#items.length) {
      this.#items = []
      this.#head = 0
    } else if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
  }
}
