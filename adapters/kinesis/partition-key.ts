import type { CloudEvent } from '../core/event.ts'
import { toBytes } from '../core/message.ts'
import { hexDigest } from './digest.ts'

/**
 * Kinesis takes 1 to 256 characters (API reference, `PutRecord`, PartitionKey). Counted in UTF-16 code units, as the Kinesis
 * Producer Library does: never fewer than code points, so that every server and library takes the key.
 */
const longest = 256
const separator = '~'
const digestLength = 32
const longestBeginning = longest - separator.length - digestLength

/**
 * The partition key of an event's record: the first of `key`, `partitionkey`, `subject` and `id` that is a text and not
 * empty. Records with the same key go to the same shard, in order.
 *
 * A key that Kinesis would refuse becomes another, always the same: a lone surrogate, which UTF-8 has none of, becomes
 * `\u` and its four digits; of what is then longer than 256 UTF-16 code units the first 223, no character cut in two,
 * `~` and the MD5 digest of the whole are kept.
 */
export function partitionKeyOf(event: CloudEvent, key?: string): string {
  const { partitionkey, subject, id } = event
  const chosen = [key, partitionkey, subject].find((text) => typeof text === 'string' && text !== '')
  return fitting(typeof chosen === 'string' ? chosen : id)
}

function fitting(key: string): string {
  const sound = key.replace(/\p{Surrogate}/gu, escaped)
  if (sound.length <= longest) return sound
  const beginning = sound.slice(0, longestBeginning).replace(/\p{Surrogate}$/u, '')
  return beginning + separator + hexDigest(toBytes(sound))
}

function escaped(surrogate: string): string {
  return `\\u${surrogate.charCodeAt(0).toString(16)}`
}
