import type { FileHandle } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { type Entry, fromFdPromise, type ZipFile } from 'yauzl'
import { messageOf } from '../../../adapters/core/errors.ts'
import { unreadable } from '../unreadable.ts'

/** One file inside a workbook. */
export interface Part {
  /** The workbook's path. */
  readonly file: string
  /** The part's path inside the workbook. */
  readonly name: string
  /** Reads it from its start; throws when it is cut short or its checksum is wrong. */
  bytes(): AsyncGenerator<Buffer>
}

/** The zip that holds a workbook's parts; they can be read as long as its file is open. */
export interface Archive {
  /** Part names are equal without regard to case (ECMA-376 part 2, 6.2.2.3). */
  part(name: string): Part | undefined
}

const maxParts = 100_000

/** @throws WaybillError `ERR_INPUT` when the zip is damaged or protected. */
export async function openArchive(path: string, handle: FileHandle): Promise<Archive> {
  // Closing the zip would close the file, which belongs to whoever opened it.
  const zip = await fromFdPromise(handle.fd, { autoClose: false }).catch((cause: unknown) => {
    throw damaged(path, cause)
  })
  const entries = await entriesOf(path, zip)
  const part = (name: string): Part | undefined => {
    const entry = entries.get(name.toLowerCase())
    return entry && { file: path, name: entry.fileName, bytes: () => bytesOf(zip, entry) }
  }
  return { part }
}

async function entriesOf(path: string, zip: ZipFile): Promise<ReadonlyMap<string, Entry>> {
  const entries = new Map<string, Entry>()
  try {
    for await (const entry of zip.eachEntry()) {
      entries.set(entry.fileName.toLowerCase(), entry)
      if (entries.size > maxParts) throw new Error(`it has more than ${maxParts} parts`)
    }
  } catch (cause) {
    throw damaged(path, cause)
  }
  if ([...entries.values()].some((entry) => entry.isEncrypted())) {
    throw unreadable(path, 'is protected by a password', 'unpack it and give the file inside')
  }
  return entries
}

async function* bytesOf(zip: ZipFile, entry: Entry): AsyncGenerator<Buffer> {
  let sum = 0
  const stream: AsyncIterable<Buffer> = await zip.openReadStreamPromise(entry)
  for await (const bytes of stream) {
    sum = crc32(bytes, sum)
    yield bytes
  }
  if (sum !== entry.crc32) throw new Error('its checksum is wrong')
}

function damaged(path: string, cause: unknown): Error {
  const what = `is a zip file that is damaged or cut short (${messageOf(cause)})`
  return unreadable(path, what, 'fetch it again, or save the workbook again as .xlsx', cause)
}
