import { isJsonMediaType } from '../../adapters/core/rules.ts'
import { type CloudEvent, createEvent } from '../../adapters/index.ts'
import { detailOf, UsageError } from '../report.ts'

/** An event as the flags of `waybill emit` describe it. */
export interface EventFlags {
  readonly type?: string
  readonly source?: string
  readonly subject?: string
  readonly id?: string
  readonly time?: string
  readonly data?: string
  readonly contentType?: string
  readonly ext?: readonly string[]
}

const flagOf = new Map([
  ...['type', 'source', 'subject', 'id', 'time', 'data'].map((name) => [name, `--${name}`] as const),
  ['datacontenttype', '--content-type'],
])
const defaultSource = '/waybill/emit'

/** The event that the flags describe. Throws `UsageError` for flags that make no event. */
export function eventOf(flags: EventFlags): CloudEvent {
  const { type, source = defaultSource, subject, id, time } = flags
  if (type === undefined)
    throw new UsageError('an event needs a type: add --type, or read events with --file')
  const attributes = { ...extensionsOf(flags.ext), ...dataOf(flags), type, source, subject, id, time }
  try {
    return createEvent(attributes)
  } catch (cause) {
    throw new UsageError(detailOf(cause), { cause })
  }
}

/** Data stays the bytes that were written, so that big integers survive. */
function dataOf({ data, contentType }: EventFlags): { datacontenttype?: string; data?: string | Uint8Array } {
  if (data === undefined) return contentType === undefined ? {} : { datacontenttype: contentType }
  const isJson = parses(data)
  const datacontenttype = contentType ?? (isJson ? 'application/json' : 'text/plain')
  if (isJsonMediaType(datacontenttype) && !isJson) {
    throw new UsageError(`--data is not JSON, but its content type is ${datacontenttype}: correct either`)
  }
  return { datacontenttype, data: Buffer.from(data) }
}

function extensionsOf(written: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    written.map((each) => {
      const at = each.indexOf('=')
      if (at < 1) throw new UsageError(`--ext ${each}: write --ext name=value`)
      const name = each.slice(0, at)
      const flag = flagOf.get(name)
      if (flag !== undefined) throw new UsageError(`--ext ${name}=… is not an extension: use ${flag}`)
      return [name, each.slice(at + 1)]
    }),
  )
}

function parses(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
