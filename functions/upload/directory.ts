import { type FileHandle, realpath, stat } from 'node:fs/promises'
import { isAbsolute, relative, resolve, sep } from 'node:path'

/** Whether a path lies in a folder. Links, also the folder itself, count as what they point to; what does not exist leads nowhere. */
export async function isInside(directory: string, path: string): Promise<boolean> {
  const written = resolve(directory)
  const folder = await realpath(written).catch(() => written)
  const file = await realpath(path).catch(() => undefined)
  return file === undefined ? holds(written, path) || holds(folder, path) : holds(folder, file)
}

/** Whether an open file is still the one that its path names: what was asked of the path is then true of the file. */
export async function isStillThere(path: string, handle: FileHandle): Promise<boolean> {
  const opened = await handle.stat({ bigint: true })
  const named = await stat(path, { bigint: true }).catch(() => undefined)
  return opened.ino === named?.ino && opened.dev === named.dev
}

function holds(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}
