import { createReadStream } from 'node:fs'
import { hint, type Logger, messageOf } from '../../adapters/index.ts'
import type { WorkerFunction } from '../../functions/hosts/worker.ts'
import { linesOf } from '../emit/lines.ts'
import { type EmitTarget, publishLines } from '../emit/publish.ts'
import { checkInput } from '../input-file.ts'
import { UsageError } from '../report.ts'

/** A file of events for a topic that one of the functions reads. */
export interface Feed {
  readonly target: EmitTarget
  /** `-` is standard input. */
  readonly file: string
}

/** Reads `topic=file`. Throws `UsageError` for a topic that no function reads, `ERR_INPUT` where there is no file. */
export function feedOf(written: string, functions: readonly WorkerFunction[]): Feed {
  const [, topic, file] = /^([^=]+)=(.+)$/s.exec(written) ?? []
  if (topic === undefined || file === undefined)
    throw new UsageError(`--emit ${written}: write --emit topic=file`)
  const reader = functions.find(({ source }) => source.topic === topic)
  if (reader === undefined) {
    const topics = functions.map(({ source }) => source.topic)
    throw new UsageError(`--emit: no function reads topic "${topic}": ${hint(topic, topics)}`)
  }
  checkInput(file, '--emit')
  return { target: { broker: reader.broker, topic, options: {} }, file }
}

/** A file being published. */
export interface Feeding {
  readonly feed: Feed
  /** Whether every line was published or refused. */
  ended(): boolean
  /** Reads no further. What waits for room in a topic goes on waiting until the broker closes. */
  stop(): void
}

/** Publishes the file in the background and tells the logger what came of it. */
export function startFeed(feed: Feed, logger: Logger): Feeding {
  const { target, file } = feed
  const place = { topic: target.topic, file }
  const stream = file === '-' ? process.stdin : createReadStream(file)
  let stopped = false
  let ended = false

  async function publish(): Promise<void> {
    const { failure, ...result } = await publishLines(linesOf(stream), target, (line, error) => {
      if (!stopped) logger.error({ ...place, line, reason: messageOf(error) }, `line ${line} refused`)
    })
    ended = true
    if (failure === undefined) logger.info({ ...place, ...result }, 'file emitted')
    else if (!stopped) {
      logger.error({ ...place, ...result, reason: messageOf(failure) }, 'file cannot be read further')
    }
  }

  void publish()
  return {
    feed,
    ended: () => ended,
    stop() {
      stopped = true
      stream.destroy()
    },
  }
}
