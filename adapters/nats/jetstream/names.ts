import { problem } from '../problem.ts'

/** Longest name of a stream or consumer (nats-server, `JSMaxNameLen`). */
const longest = 255
const illegal = /[^A-Za-z0-9_-]/gu
const encoder = new TextEncoder()

/**
 * A group's durable consumer: `<group>+<topic>`, since one consumer reads one subject. Names must not hold dots, wildcards,
 * spaces and slashes (docs.nats.io, "Naming"), so a dot becomes `~` and whatever else is no letter, digit, `_` or `-` its
 * UTF-8 bytes as `=XX`. Two groups or topics never get the same name.
 */
export function consumerName(group: string, topic: string): string {
  return checked(`${legal(group)}+${legal(topic)}`, `group "${group}" and topic "${topic}"`)
}

/** The stream that `ensure` creates for a topic: its name, encoded as above. */
export function streamName(topic: string): string {
  return checked(legal(topic), `topic "${topic}"`)
}

function legal(text: string): string {
  return text.replace(illegal, (character) => (character === '.' ? '~' : encoded(character)))
}

function encoded(character: string): string {
  return Array.from(
    encoder.encode(character),
    (byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`,
  ).join('')
}

function checked(name: string, what: string): string {
  if (name.length <= longest) return name
  const text = `the name for ${what} would have ${name.length} characters, at most ${longest}: use shorter ones`
  throw problem('jetstream', 'ERR_CONFIG', text)
}
