const maxLength = 1024 * 1024

/** Gathers the text of one cell or one shared string from the elements inside it. */
export interface CellText {
  open(name: string): void
  add(text: string): void
  close(name: string): void
  /** The text since the last `take`; `undefined` when there was no element to hold one. */
  take(): string | undefined
}

/**
 * Takes `v`, and `t` whether plain or in rich text runs; phonetic runs (`rPh`) repeat the text in another script and
 * are left out (ECMA-376 part 1, 18.4.6). Excel's own limit is 32,767 characters, ours is 1 MiB.
 */
export function cellText(): CellText {
  let text: string | undefined
  let wanted = false
  let phonetic = false
  return {
    open(name) {
      if (name === 'rPh') phonetic = true
      if (name !== 'v' && (name !== 't' || phonetic)) return
      wanted = true
      text ??= ''
    },
    add(more) {
      if (!wanted) return
      text = (text ?? '') + more
      if (text.length > maxLength) throw new Error('it has a cell with more than 1 MiB of text')
    },
    close(name) {
      if (name === 'rPh') phonetic = false
      else wanted = false
    },
    take() {
      const taken = text
      text = undefined
      return taken
    },
  }
}

/** `_x000D_` is how a text holds a character that XML cannot (ECMA-376 part 1, 22.9.2.19). */
export function unescapeText(text: string): string {
  if (!text.includes('_x')) return text
  return text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
}
