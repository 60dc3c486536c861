const replacement = '\ufffd'

/**
 * Text from a file or an event as one line that a terminal shows as it is. Its control characters could move the cursor,
 * set the title, or hide what was printed before.
 */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, replacement)
}

/** The same for text of several lines. */
export function printableLines(text: string): string {
  return text.replace(/[^\P{Cc}\n]/gu, replacement)
}
