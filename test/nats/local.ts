import { afterAll, beforeAll } from '@jest/globals'
import { type CloudEvent, createEvent } from '../../adapters/core/event.ts'
import type { Logger } from '../../adapters/core/observe.ts'
import { type LocalServer, startServer } from '../../dev/index.ts'

/** A server for the tests of one file. Read `address` inside of tests only. */
export function localServer() {
  let server: LocalServer | undefined
  beforeAll(async () => {
    server = await startServer('nats')
  }, 60_000)
  afterAll(() => server?.stop())
  const running = () => {
    if (server === undefined) throw new Error('the server has not started yet')
    return server
  }
  return {
    get address() {
      return running().address
    },
    kill: () => running().kill(),
    restart: () => running().restart(),
  }
}

/** A number for each event, and its key where it has one. */
export function numbered(n: number, changes: Readonly<Record<string, unknown>> = {}): CloudEvent {
  return createEvent({ type: 'test.numbered', source: '/test', id: String(n), data: { n }, ...changes })
}

export function upTo(count: number): readonly CloudEvent[] {
  return Array.from({ length: count }, (_, n) => numbered(n))
}

export interface LogLine {
  readonly level: string
  readonly fields: object
  readonly message: string
}

/** A logger that keeps what it is told. */
export function recordedLog(): { readonly logger: Logger; readonly lines: LogLine[] } {
  const lines: LogLine[] = []
  const write = (level: string) => (fields: object, message: string) => {
    lines.push({ level, fields, message })
  }
  const logger = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
  return { logger, lines }
}
