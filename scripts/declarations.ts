import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const suppression = '// @ts-ignore'

/**
 * Lets an application compile without the packages that it does not need: each line of a declaration that names one of `packages` is told
 * to be silent where that is not installed, and its types are `any` there. Otherwise the compiler finds fault with it, unless the
 * application sets `skipLibCheck`.
 */
export function tolerateAbsent(declaration: string, packages: readonly string[]): string {
  const quoted = packages.flatMap((name) => [`'${name}'`, `"${name}"`, `'${name}/`, `"${name}/`])
  const imported = quoted.flatMap((name) => [`from ${name}`, `import(${name}`])
  return declaration
    .split('\n')
    .map((line) => (imported.some((text) => line.includes(text)) ? `${suppression}\n${line}` : line))
    .join('\n')
}

/** Does so in every declaration of a folder. */
export function tolerateAbsentIn(folder: string, packages: readonly string[]): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.d.ts')) continue
    const path = join(folder, name)
    const declaration = readFileSync(path, 'utf8')
    const tolerant = tolerateAbsent(declaration, packages)
    if (tolerant !== declaration) writeFileSync(path, tolerant)
  }
}
