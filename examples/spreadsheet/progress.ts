import { logUpdateStderr } from 'log-update'
import type { Tally } from './tally.ts'

const redrawMs = 100
const lineMs = 1_000

/**
 * Shows how a run fares until it is ended, on standard error: one line redrawn in a terminal, else a line a second.
 * Standard output is for the summary.
 */
export function showProgress(tally: Tally): () => void {
  const started = performance.now()
  const text = () => {
    const seconds = (performance.now() - started) / 1000
    const rate = Math.round(tally.rowsSeen / seconds)
    return `${seconds.toFixed(1)} s: ${standing(tally)}, ${count(rate)} rows/s`
  }
  const isTerminal = process.stderr.isTTY
  const timer = isTerminal
    ? setInterval(() => logUpdateStderr(text()), redrawMs)
    : setInterval(() => console.error(text()), lineMs)
  return () => {
    clearInterval(timer)
    if (isTerminal) logUpdateStderr.clear()
  }
}

/** How far a run has come. */
export function standing({ rowsSeen, stored, deadLettered }: Tally): string {
  const rows = rowsSeen === 1 ? 'row' : 'rows'
  return `${count(rowsSeen)} ${rows} in, ${count(stored.size)} stored, ${count(deadLettered.size)} dead-lettered`
}

export function count(value: number): string {
  return value.toLocaleString('en-US')
}
