import { messageOf, WaybillError } from './errors.ts'

/** Loads the package of a client, in the same words for every adapter. Throws `ERR_MISSING_CLIENT` where that fails. */
export async function loadClient<T>(adapter: string, name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (cause) {
    const [why] = messageOf(cause).split('\n')
    const text = `the client package ${name} cannot be loaded (${why}): run npm install ${name}`
    throw new WaybillError('ERR_MISSING_CLIENT', text, { adapter, cause })
  }
}
