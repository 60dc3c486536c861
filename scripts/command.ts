import { Command, InvalidArgumentError } from 'commander'

const misused = 2

/** A command of `npm run <name>`: what is wrong with its use is told in one line, with exit code 2. */
export function command(name: string): Command {
  return new Command(`npm run ${name} --`)
    .configureOutput({ outputError: (text, write) => write(`${oneLine(name, text)}\n`) })
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : misused))
}

/** Commander puts its suggestion on a line of its own. */
export function oneLine(name: string, text: string): string {
  const line = text
    .trim()
    .replace(/^error: /, '')
    .replaceAll('\n', ' ')
  return `[${name}] ${line}`
}

/** Reads a whole number of an option. */
export function atLeast(fewest: number): (written: string) => number {
  return (written) => {
    const number = Number(written)
    if (!Number.isSafeInteger(number) || number < fewest)
      throw new InvalidArgumentError(`use a whole number of ${fewest} or more`)
    return number
  }
}
