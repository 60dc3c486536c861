import { accessSync, constants, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'

const inMemory = '/dev/shm'
/** The servers of all tests together take a tenth of it. */
const neededBytes = 2 * 2 ** 30

/**
 * Where a run keeps its temporary files: in memory where Linux offers room for them, else in the system's folder for such.
 * The data of a dozen servers that start and stop would keep a disk busy for longer than the tests themselves.
 */
export function scratchParent(): string {
  return hasRoom(inMemory) ? inMemory : tmpdir()
}

function hasRoom(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize >= neededBytes
  } catch {
    return false
  }
}
