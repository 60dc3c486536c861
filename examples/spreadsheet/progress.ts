import logUpdate from 'log-update'
import type { Tally } from './tally.ts'

const redrawMs = 100
const lineMs = 1_000

/** Shows how a run fares until it is ended: one line redrawn in a terminal, else a line a second. */
export function showProgress(tally: Tally): () => void {
  const started = performance.now()
  const text = () => {
    const seconds = (performance.now() - started) / 1000
    const rate = Math.round(tally.rowsSeen / seconds)
    return `${seconds.toFixed(1)} s: ${count(tally.rowsSeen)} rows in, ${count(tally.stored.size)} stored, ${count(tally.deadLettered.size)} dead-lettered, ${count(rate)} rows/s`
  }
  const timer = process.stdout.isTTY
    ? setInterval(() => logUpdate(text()), redrawMs)
    : setInterval(() => console.log(text()), lineMs)
  return () => {
    clearInterval(timer)
    if (process.stdout.isTTY) logUpdate.clear()
  }
}

export function count(value: number): string {
  return value.toLocaleString('en-US')
}
