/** `npm run -s sizes [-- --json]`: what each public entry of the library weighs, and whether it runs without Node.js. */
import { Command } from 'commander'
import { bundle, libraryEntries, mustBeNeutral } from './bundle.ts'

const command = new Command('npm run -s sizes --')
  .description(
    'Bundles each public entry of the library and prints its minified and gzip bytes, packages left out. Fails where an entry that must run without Node.js imports one of its modules.',
  )
  .option('--json', 'one JSON object a line')
  .parse()
const { json = false } = command.opts<{ readonly json?: boolean }>()

const entries = await Promise.all(
  libraryEntries().map(async ({ name, source }) => ({ name, source, ...(await bundle(source)) })),
)
const lines = json
  ? entries.map(({ name: entry, bytes, gzip, builtins }) =>
      JSON.stringify({ entry, bytes, gzip, neutral: builtins.length === 0 }),
    )
  : [
      row('entry', 'minified', 'gzip', 'runs without Node.js'),
      ...entries.map(({ name, bytes, gzip, builtins }) =>
        row(
          name,
          bytes.toLocaleString('en'),
          gzip.toLocaleString('en'),
          builtins.length === 0 ? 'yes' : 'no',
        ),
      ),
    ]
console.log(lines.join('\n'))

for (const { name, source, builtins } of entries) {
  if (builtins.length === 0 || !mustBeNeutral(source)) continue
  process.exitCode = 1
  for (const builtin of builtins) {
    console.error(`[sizes] ${name} must run without Node.js: ${builtin}: use what the web platform has`)
  }
}

function row(name: string, bytes: string, gzip: string, neutral: string): string {
  return `${name.padEnd(24)} ${bytes.padStart(9)} ${gzip.padStart(9)}  ${neutral}`
}
