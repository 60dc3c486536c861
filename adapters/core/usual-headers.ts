import { DecodedEvent } from './decoded.ts'
import type { CloudEvent } from './event.ts'
import { MatchingTexts } from './matching-texts.ts'
import { usualTimestamp } from './timestamp.ts'
import { usualReference } from './uri.ts'
import { plain } from './usual.ts'

/** The headers of what most events have; `undefined` where one of these needs a closer look. */
export type UsualHeaders = (event: CloudEvent) => Record<string, string> | undefined

type Write = (
  specversion: string,
  id: string,
  source: string,
  type: string,
  subject?: string,
  time?: string,
  contentType?: string,
) => Record<string, string>

/** With names that stand in the source, objects of each prefix have one layout: a third of the time goes into layouts. */
const writers = new Map<string, Write>([
  [
    'ce_',
    (specversion, id, source, type, subject, time, contentType) => {
      const headers: Record<string, string> = {
        ce_specversion: specversion,
        ce_id: id,
        ce_source: source,
        ce_type: type,
      }
      if (subject !== undefined) headers.ce_subject = subject
      if (time !== undefined) headers.ce_time = time
      if (contentType !== undefined) headers['content-type'] = contentType
      return headers
    },
  ],
  [
    'ce-',
    (specversion, id, source, type, subject, time, contentType) => {
      const headers: Record<string, string> = {
        'ce-specversion': specversion,
        'ce-id': id,
        'ce-source': source,
        'ce-type': type,
      }
      if (subject !== undefined) headers['ce-subject'] = subject
      if (time !== undefined) headers['ce-time'] = time
      if (contentType !== undefined) headers['content-type'] = contentType
      return headers
    },
  ],
])

/**
 * Writes the attributes that {@link isUsual} names, without a look at names and rules where each is of the kind that most
 * are: two fifths of the time for the same headers.
 */
export function usualHeaders(prefix: string, contentType: readonly string[]): UsualHeaders {
  const write = writers.get(prefix)
  if (write === undefined) return () => undefined
  const others = contentType.filter((header) => header !== 'content-type')
  const isElsewhere = others.length === contentType.length
  const types = new MatchingTexts(plain)
  const sources = new MatchingTexts(usualReference)

  return (event) => {
    if (!hasOwnOnly(event)) return undefined
    const { specversion, id, source, type, subject, time, datacontenttype } = event
    if (specversion !== '1.0' || !isPlain(id) || !types.has(type) || !sources.has(source)) return undefined
    if (subject !== undefined && !isPlain(subject)) return undefined
    if (time !== undefined && (typeof time !== 'string' || !usualTimestamp.test(time))) return undefined
    if (datacontenttype !== undefined && datacontenttype !== 'application/json') return undefined
    const written = isElsewhere ? undefined : datacontenttype
    const headers = write(specversion, id, source, type, subject, time, written)
    if (datacontenttype !== undefined) for (const header of others) headers[header] = datacontenttype
    return headers
  }
}

/** True for the attributes that {@link usualHeaders} writes. */
export function isUsual(attribute: string): boolean {
  switch (attribute) {
    case 'specversion':
    case 'id':
    case 'source':
    case 'type':
    case 'subject':
    case 'time':
    case 'datacontenttype':
      return true
    default:
      return false
  }
}

function isPlain(value: unknown): value is string {
  return typeof value === 'string' && plain.test(value)
}

/** Attributes that are inherited do not count: of these objects, nothing is. */
function hasOwnOnly(event: unknown): boolean {
  if (typeof event !== 'object' || event === null) return false
  const prototype: unknown = Object.getPrototypeOf(event)
  return prototype === Object.prototype || prototype === DecodedEvent.prototype
}
