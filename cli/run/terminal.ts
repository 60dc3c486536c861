import { createLogUpdate } from 'log-update'
import pc from 'picocolors'
import { type Logger, messageOf } from '../../adapters/index.ts'
import type { FunctionStatus } from '../../functions/hosts/worker.ts'
import { count, duration } from '../format.ts'
import { printable, printableLines } from '../printable.ts'
import { table } from './table.ts'
import type { View } from './view.ts'

/** One kind of problem, as it was told last. */
interface Problem {
  readonly text: string
  readonly times: number
}

/** Problems that stay in sight below the table. */
const keptProblems = 3

/** A table that is drawn again and again, with the latest problems below it. */
export function terminalView(stream: NodeJS.WritableStream, verbose: boolean): View {
  const log = createLogUpdate(stream)
  const problems = new Map<string, Problem>()
  const begun = Date.now()
  let about = ''
  let hint = 'ctrl-c stops, after running handlers have finished'

  function note(paint: (text: string) => string): Logger['warn'] {
    return (fields, message) => {
      const sentence = sentenceOf(fields, message)
      const times = (problems.get(sentence)?.times ?? 0) + 1
      problems.delete(sentence)
      problems.set(sentence, { text: `${pc.dim(clock())} ${paint(sentence)}`, times })
      for (const oldest of problems.keys()) if (problems.size > keptProblems) problems.delete(oldest)
      if (verbose) log.persist(`${pc.dim(clock())} ${paint(sentence)}`)
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
      const urls = Object.entries(brokers).map(([name, url]) => printable(`${name} ${url}`))
      about = [`${functions.length} ${functions.length === 1 ? 'function' : 'functions'}`, ...urls].join(
        ' · ',
      )
    },
    progress(functions) {
      const head = `${pc.bold('waybill')} ${about} · ${duration(Math.ceil((Date.now() - begun + 1) / 1_000) * 1_000)}`
      const lines = [...problems.values()].map(
        ({ text, times }) => `  ${text}${times > 1 ? pc.dim(` ×${count(times)}`) : ''}`,
      )
      const below = lines.length === 0 ? [] : ['', ...lines]
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
  const failure = error === undefined ? [] : [pc.red(printableLines(`failed: ${messageOf(error)}`))]
  return [`handled ${count(handled)}`, ...rest, ...failure].join(', ')
}

function sentenceOf(fields: object, message: string): string {
  const name = 'function' in fields ? `${String(fields.function)}: ` : ''
  const reason = 'reason' in fields ? `: ${String(fields.reason)}` : ''
  return printable(`${name}${message}${reason}`.split('\n')[0] ?? '')
}

function clock(): string {
  return new Date().toTimeString().slice(0, 8)
}
