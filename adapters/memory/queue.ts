/** First in, first out, in constant time: `Array.shift` moves every element. */
export class Queue<T> {
  #items: T[] = []
  #head = 0

  get length(): number {
    return this.#items.length - this.#head
  }

  push(item: T): void {
    this.#items.push(item)
  }

  peek(): T | undefined {
    return this.#items[this.#head]
  }

  shift(): T | undefined {
    const [item] = this.take(1)
    return item
  }

  /** Removes and returns up to `count` items from the front. */
  take(count: number): T[] {
    const end = Math.min(this.#head + count, this.#items.length)
    const taken = this.#items.slice(this.#head, end)
    this.#head = end
    if (this.#head === this.#items.length) {
      this.#items = []
      this.#head = 0
    } else if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return taken
  }

  /** Puts items back in front, the first of them first. */
  putBack(items: readonly T[]): void {
    if (items.length <= this.#head) {
      this.#head -= items.length
      this.#items.splice(this.#head, items.length, ...items)
    } else {
      this.#items = [...items, ...this.#items.slice(this.#head)]
      this.#head = 0
    }
  }

  clear(): T[] {
    return this.take(this.length)
  }
}
