/** A key press that npm or tsx passes on arrives twice; a person who means it needs longer than this. */
const echoMs = 300

/**
 * Resolves with the first SIGINT or SIGTERM. A second one ends the process at once, with exit code 1.
 */
export function firstSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let first: number | undefined
    const receive = (signal: NodeJS.Signals) => {
      if (first === undefined) {
        first = Date.now()
        resolve(signal)
      } else if (Date.now() - first > echoMs) {
        // Not by the console, which is captured while functions run.
        process.stderr.write('[waybill] stopped at once: what was running will be delivered again\n')
        process.exit(1)
      }
    }
    process.on('SIGINT', receive)
    process.on('SIGTERM', receive)
  })
}
