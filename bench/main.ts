import { nearest } from '../adapters/index.ts'
import { coreBench } from './core.ts'
import type { Result } from './measure.ts'

const benches: Readonly<Record<string, () => AsyncGenerator<Result>>> = { core: coreBench }

const words = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const asJson = process.argv.includes('--json')
for (const name of words.length > 0 ? words : Object.keys(benches)) {
  const bench = benches[name]
  if (bench === undefined) {
    console.error(`[bench] unknown bench "${name}": did you mean "${nearest(name, Object.keys(benches))}"?`)
    process.exit(2)
  }
  for await (const line of bench()) console.log(asJson ? JSON.stringify(line) : readable(line))
}

function readable({ case: name, ours, reference, ratio, unit }: Result): string {
  const figures = `${ours.toLocaleString('en')} : ${reference.toLocaleString('en')} ${unit}`
  return `${name.padEnd(70)} ${String(ratio).padStart(7)}   ${figures}`
}
