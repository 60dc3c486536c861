import { Command, CommanderError } from 'commander'
import { addBrokers } from './brokers/command.ts'
import { addBuild } from './build/command.ts'
import { addCheck } from './check/command.ts'
import { addEmit } from './emit/command.ts'
import { addInfra } from './infra/command.ts'
import { addInit } from './init/command.ts'
import { addInvoke } from './invoke/command.ts'
import { isVerbose } from './options.ts'
import { printableLines } from './printable.ts'
import { errorText, UsageError } from './report.ts'
import { addRun } from './run/command.ts'
import { addSynth } from './synth/command.ts'
import { version } from './version.ts'

const failed = 1
const misused = 2

/** Runs one command line. Resolves with its exit code: 0 done, 1 failed, 2 misused. */
export async function runProgram(words: readonly string[]): Promise<number> {
  let code = 0
  const exit = (value: number) => {
    code = value
  }
  const program = new Command('waybill')
    .description('One CloudEvents handler, any broker, any host.')
    .version(version(), '--version', 'show the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(usageText(text)) })
  addRun(program)
  addEmit(program, exit)
  addCheck(program)
  addBuild(program)
  addInvoke(program, exit)
  addInit(program)
  addSynth(program)
  addInfra(program, exit)
  addBrokers(program)
  try {
    await program.parseAsync(words, { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : misused
    const text = errorText(error, isVerbose({ verbose: words.includes('--verbose') }))
    console.error(printableLines(text))
    return error instanceof UsageError ? misused : failed
  }
}

/** Commander's `error: …` and the suggestion on the next line, as one line like any other error. */
function usageText(text: string): string {
  return `[waybill] ${text
    .trim()
    .replace(/^error: /, '')
    .replaceAll('\n', ' ')}\n`
}
