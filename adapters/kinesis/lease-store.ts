/** One row: a shard of a group, a worker that is alive, or the mark that the group has begun. */
export interface Lease {
  readonly name: string
  /** The worker that reads the shard; absent where nobody does. */
  readonly owner?: string | undefined
  /** Grows with every write, so that whoever wrote last is known, and the one before is refused. */
  readonly counter: number
  /** Up to where everything is settled. */
  readonly checkpoint?: string | undefined
}

/**
 * Where leases and checkpoints are kept. Every write names the counter that it has seen, and is refused where another came
 * first: that is what keeps a worker which was paused longer than its lease from moving a checkpoint that is no longer its own.
 */
export interface LeaseStore {
  /** All rows of a group's reading of a stream, as they are now: reads must be strongly consistent. */
  list(reader: string): Promise<readonly Lease[]>
  /** Writes a row if the stored one has the counter `seen`; `undefined`: if there is none. False where that is not so. */
  write(reader: string, lease: Lease, seen: number | undefined): Promise<boolean>
  /** Removes a row if it has the counter `seen`. False where that is not so. */
  remove(reader: string, name: string, seen: number): Promise<boolean>
  /** Creates what it needs. */
  ensure?(): Promise<void>
}

/** Leases of this process alone, forgotten when it ends. */
export function memoryLeases(): LeaseStore {
  const readers = new Map<string, Map<string, Lease>>()
  const rowsOf = (reader: string) => readers.get(reader) ?? new Map<string, Lease>()
  return {
    async list(reader) {
      return [...rowsOf(reader).values()]
    },
    async write(reader, lease, seen) {
      const rows = rowsOf(reader)
      if (rows.get(lease.name)?.counter !== seen) return false
      rows.set(lease.name, { ...lease })
      readers.set(reader, rows)
      return true
    },
    async remove(reader, name, seen) {
      const rows = rowsOf(reader)
      return rows.get(name)?.counter === seen && rows.delete(name)
    },
  }
}
