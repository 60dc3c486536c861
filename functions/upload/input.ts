import { type FileHandle, open, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { codeOf } from '../../adapters/core/errors.ts'
import { isInside, isStillThere } from './directory.ts'
import { unreadable } from './unreadable.ts'

/** Encodings in which a CSV file is read; the names are those of the Encoding Standard. */
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be'

/** A file that is open and whose content has been recognised. Whoever has it closes the handle. */
export interface Input {
  readonly path: string
  readonly handle: FileHandle
  /** The first 64 KiB. */
  readonly head: Buffer
  readonly kind: 'workbook' | Encoding
}

const headBytes = 65_536
const exportIt = 'export it from its program as CSV (UTF-8) or XLSX'
const saveAsUtf8 = 'save it as "CSV UTF-8", or as XLSX'

/**
 * Opens a file, which must lie in `directory` where one is given.
 *
 * @throws WaybillError `ERR_INPUT` when it is outside, no file, cannot be opened, or is neither text nor a zip.
 */
export async function openInput(path: string, directory?: string): Promise<Input> {
  if (directory !== undefined) await checkInside(directory, path)
  const handle = await openFile(path)
  try {
    if (directory !== undefined) await checkOpened(directory, path, handle)
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0)
    const head = buffer.subarray(0, bytesRead)
    if (startsWith(head, 0xd0, 0xcf, 0x11, 0xe0)) throw await compoundFile(path, handle, head)
    return { path, handle, head, kind: kindOf(path, head) }
  } catch (error) {
    await handle.close()
    throw error
  }
}

async function checkInside(directory: string, path: string): Promise<void> {
  if (!(await isInside(directory, path))) {
    throw unreadable(path, 'is outside the folder that upload reads from', 'put the file there')
  }
}

/** The path may have been turned elsewhere between the check and the opening, so the open file is checked too. */
async function checkOpened(directory: string, path: string, handle: FileHandle): Promise<void> {
  await checkInside(directory, path)
  // Another attempt finds the one or the other.
  if (!(await isStillThere(path, handle))) throw new Error(`${basename(path)} was replaced as it was opened`)
}

async function openFile(path: string): Promise<FileHandle> {
  const refuse = (cause: unknown): never => {
    throw codeOf(cause) === 'ENOENT'
      ? unreadable(path, 'there is no such file', `check the path ${JSON.stringify(path)}`, cause)
      : unreadable(path, `cannot be opened (${codeOf(cause)})`, 'check the path and its permissions', cause)
  }
  const stats = await stat(path).catch(refuse)
  if (stats.isDirectory()) throw unreadable(path, 'is a folder', 'give one file in it')
  if (!stats.isFile()) throw unreadable(path, 'is not a regular file', 'write its content to a file first')
  return await open(path).catch(refuse)
}

function startsWith(head: Buffer, ...bytes: readonly number[]): boolean {
  return bytes.every((byte, index) => head[index] === byte)
}

function kindOf(path: string, head: Buffer): Input['kind'] {
  if (head.length === 0) {
    throw unreadable(path, 'is empty', 'name the columns in the first line and put the rows below it')
  }
  // The second is a zip without entries.
  if (startsWith(head, 0x50, 0x4b, 3, 4) || startsWith(head, 0x50, 0x4b, 5, 6)) return 'workbook'
  if (startsWith(head, 0xfe, 0xff)) return 'utf-16be'
  if (startsWith(head, 0xff, 0xfe) && !startsWith(head, 0xff, 0xfe, 0, 0)) return 'utf-16le'
  if (head.includes(0)) throw unreadable(path, 'is not a text file', exportIt)
  if (!isUtf8Start(head)) {
    // Text in any 8-bit encoding has no control characters but these few.
    const binary = head.some((byte) => byte < 0x20 && !'\t\n\v\f\r\x1b'.includes(String.fromCharCode(byte)))
    throw binary
      ? unreadable(path, 'is not a text file', exportIt)
      : unreadable(path, 'is not UTF-8 text (Latin-1 or Windows-1252, it seems)', saveAsUtf8)
  }
  // Web applications give such files the name of a spreadsheet.
  if (/^\uFEFF?\s*<(\?xml|!doctype|html|table)\b/i.test(head.toString('utf8', 0, 1024))) {
    throw unreadable(
      path,
      'is a page of HTML or XML',
      'open it in a spreadsheet program and save it as CSV or XLSX',
    )
  }
  return 'utf-8'
}

/** The last character may be cut by the end of the head. */
function isUtf8Start(head: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true })
    return true
  } catch {
    return false
  }
}

/**
 * What to do about an OLE compound file ([MS-CFB]): Excel writes one for its format of before 2007, and around a
 * workbook that has a password ([MS-OFFCRYPTO] 2.3.4: its stream `EncryptedPackage`).
 */
async function compoundFile(path: string, handle: FileHandle, head: Buffer): Promise<Error> {
  const old = unreadable(
    path,
    'is an Excel file of before 2007 (.xls)',
    'save it as .xlsx, or as "CSV UTF-8"',
  )
  if (head.length < 512) return old
  const sectorBytes = 2 ** head.readUInt16LE(30)
  const directory = (head.readUInt32LE(48) + 1) * sectorBytes
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, directory)
  return buffer.subarray(0, bytesRead).includes(Buffer.from('EncryptedPackage', 'utf16le'))
    ? unreadable(path, 'is protected by a password', 'open it, remove the password and save it again')
    : old
}
