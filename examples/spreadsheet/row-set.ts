/** Row numbers, an eighth of a byte each: a million rows of a file must not become a million objects. */
export class RowSet {
  #bits = new Uint8Array(1024)
  #size = 0

  get size(): number {
    return this.#size
  }

  /** Returns false where it was there before: brokers may deliver a row again. */
  add(row: number): boolean {
    const place = row >> 3
    const bit = 1 << (row & 7)
    if (place >= this.#bits.length) {
      const longer = new Uint8Array(2 * place)
      longer.set(this.#bits)
      this.#bits = longer
    }
    const byte = this.#bits[place] ?? 0
    if ((byte & bit) !== 0) return false
    this.#bits[place] = byte | bit
    this.#size++
    return true
  }
}
