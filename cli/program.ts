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
import { errorText, failed, isMisuse, misused } from './report.ts'
import { addRun } from './run/command.ts'
import { addSynth } from './synth/command.ts'
import { version } from './version.ts'

/**
 * Runs one command line. Resolves with its exit code: 0 done, 1 failed, 2 where the command line or the configuration is
 * wrong, so that running it again does not help.
 */
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
    .configureOutput({ outputError: (text, write) => write(usageText(text, helpOf(program, words))) })
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
    return isMisuse(error) ? misused : failed
  }
}

/** The command whose help tells more. */
function helpOf({ commands }: Command, [first = '']: readonly string[]): string {
  return commands.some((command) => command.name() === first) ? `waybill ${first} --help` : 'waybill --help'
}

/** Commander's `error: …` as one line like any other error: what is wrong, and what to do. */
function usageText(text: string, help: string): string {
  const line = text
    .trim()
    .replace(/^error: /, '')
    .replaceAll('\n', ' ')
  const [, what = line, near, advice] = /^(.*?)(?: \(Did you mean (.*)\?\)|\. (.*?)\.?)?$/.exec(line) ?? []
  if (near !== undefined) return `[waybill] ${what}: did you mean ${near}?\n`
  if (advice === undefined) return `[waybill] ${what}: ${help} tells what there is\n`
  return `[waybill] ${what}: ${advice.charAt(0).toLowerCase()}${advice.slice(1)}\n`
}
