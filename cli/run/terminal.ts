import { createLogUpdate } from 'log-update'
import pc from 'picocolors'
import { type Logger, messageOf } from '../../adapters/index.ts'
import type { FunctionStatus } from '../../functions/hosts/worker.ts'
import { count, duration } from '../format.ts'
import { table } from './table.ts'
import type { View } from './view.ts'

/** Problems that stay in sight below the table. */
const keptProblems = 3

/** A table that is drawn again and again, with the latest problems below it. */
export function terminalView(stream: NodeJS.WriteStream, verbose: boolean): View {
  const log = createLogUpdate(stream)
  const problems: string[] = []
  const begun = Date.now()
  let about = ''
  let hint = 'ctrl-c stops, after running handlers have finished'

  function note(paint: (text: string) => string): Logger['warn'] {
    return (fields, message) => {
      const line = `${pc.dim(clock())} ${paint(sentenceOf(fields, message))}`
      if (verbose) log.persist(line)
      else problems.splice(0, problems.length, ...[...problems, line].slice(-keptProblems))
    }
  }

  return {
    logger: {
      debug: () => {},
      info: (fields, message) => {
        if (verbose) log.persist(`${pc.dim(clock())} ${sentenceOf(fields, message)}`)
      },
      warn: note(pc.yellow),
      error: note(pc.red),
    },
    everyMs: 250,
    started(functions, brokers) {
      const urls = Object.entries(brokers).map(([name, url]) => `${name} ${url}`)
      about = [`${functions.length} ${functions.length === 1 ? 'function' : 'functions'}`, ...urls].join(
        ' · ',
      )
    },
    progress(functions) {
      const head = `${pc.bold('waybill')} ${about} · ${duration(Math.floor((Date.now() - begun) / 1_000) * 1_000)}`
      const below = problems.length === 0 ? [] : ['', ...problems.map((line) => `  ${line}`)]
      log([head, '', table(functions), ...below, '', pc.dim(`  ${hint}`)].join('\n'))
    },
    stopping(reason) {
      hint = `${reason}: waiting for running handlers; once more stops at once`
    },
    finished(functions, elapsedMs) {
      log.clear()
      log.done()
      const width = Math.max(...functions.map(({ name }) => name.length))
      const lines = functions.map((each) => `  ${each.name.padEnd(width)}  ${resultOf(each)}`)
      stream.write(`${[`${pc.bold('waybill')} stopped after ${duration(elapsedMs)}`, ...lines].join('\n')}\n`)
    },
    print: (line) => log.persist(line),
  }
}

/** What a function did, without what it did not. */
function resultOf(status: FunctionStatus): string {
  const { handled, emitted, retried, deadLettered, dropped, released, error } = status
  const parts: [string, number][] = [
    ['emitted', emitted],
    ['retried', retried],
    ['dead-lettered', deadLettered],
    ['dropped', dropped],
    ['gave back', released],
  ]
  const rest = parts.filter(([, value]) => value > 0).map(([what, value]) => `${what} ${count(value)}`)
  const failure = error === undefined ? [] : [pc.red(`failed: ${messageOf(error)}`)]
  return [`handled ${count(handled)}`, ...rest, ...failure].join(', ')
}

function sentenceOf(fields: object, message: string): string {
  const name = 'function' in fields ? `${String(fields.function)}: ` : ''
  const reason = 'reason' in fields ? `: ${String(fields.reason)}` : ''
  return `${name}${message}${reason}`.split('\n')[0] ?? ''
}

function clock(): string {
  return new Date().toTimeString().slice(0, 8)
}
