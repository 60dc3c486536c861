/** A duration or a moment as the service writes it; 64-bit numbers are text, numbers, or objects that have digits. */
export interface Span {
  readonly seconds?: number | string | { toString(): string } | null | undefined
  readonly nanos?: number | null | undefined
}

/** Milliseconds as the service writes them. */
export function spanOf(ms: number): { readonly seconds: number; readonly nanos: number } {
  const seconds = Math.floor(ms / 1_000)
  return { seconds, nanos: Math.round((ms - seconds * 1_000) * 1e6) }
}

/** Whole milliseconds; finer parts are cut off. */
export function msOf(span: Span | null | undefined): number | undefined {
  if (span === null || span === undefined) return undefined
  return Number(span.seconds ?? 0) * 1_000 + Math.floor((span.nanos ?? 0) / 1e6)
}
