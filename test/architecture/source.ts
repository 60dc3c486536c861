import { parseSync } from '@swc/core'

/** A TypeScript file of the tree; `path` is relative to its root, with forward slashes. */
export interface SourceFile {
  readonly path: string
  readonly text: string
}

/** One `import`, `export … from`, `import()` or `import('…')` type. */
export interface Import {
  /** As written; `undefined` when it is computed at run time. */
  readonly specifier: string | undefined
  /** Leaves nothing behind in the emitted JavaScript; `import { type A }` does leave an import. */
  readonly typeOnly: boolean
  readonly dynamic: boolean
}

/** What the rules ask about a file, read from its syntax tree rather than its text. */
export interface Source extends SourceFile {
  readonly imports: readonly Import[]
  readonly exports: readonly string[]
  /** Global objects that are referred to by a member access, `console` of `console.log` for one. */
  readonly globals: ReadonlySet<string>
}

type Node = Readonly<Record<string, unknown>> & { readonly type: string }

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isNode(value: unknown): value is Node {
  return isRecord(value) && typeof value.type === 'string'
}

/** Every node of the tree below `value`, parents first. */
function* nodesOf(value: unknown): Generator<Node> {
  if (Array.isArray(value)) {
    for (const item of value) yield* nodesOf(item)
  } else if (isRecord(value)) {
    if (isNode(value)) yield value
    for (const child of Object.values(value)) if (isRecord(child)) yield* nodesOf(child)
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** The text of an identifier or a string literal. */
function textOf(node: unknown): string | undefined {
  return isRecord(node) && typeof node.value === 'string' ? node.value : undefined
}

/** The text of a string literal or of a template without holes. */
function literalOf(node: unknown): string | undefined {
  if (!isNode(node)) return undefined
  if (node.type === 'TemplateLiteral') {
    const [quasi, ...more] = listOf(node.quasis)
    return more.length === 0 && isRecord(quasi) && typeof quasi.cooked === 'string' ? quasi.cooked : undefined
  }
  return node.type === 'StringLiteral' ? textOf(node) : undefined
}

function importOf(node: Node): Import | undefined {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
      return { specifier: textOf(node.source), typeOnly: node.typeOnly === true, dynamic: false }
    case 'ExportNamedDeclaration':
      if (!isRecord(node.source)) return undefined
      return { specifier: textOf(node.source), typeOnly: node.typeOnly === true, dynamic: false }
    case 'TsImportType':
      return { specifier: textOf(node.argument), typeOnly: true, dynamic: false }
    case 'CallExpression': {
      if (!isNode(node.callee) || node.callee.type !== 'Import') return undefined
      const [argument] = listOf(node.arguments)
      return {
        specifier: isRecord(argument) ? literalOf(argument.expression) : undefined,
        typeOnly: false,
        dynamic: true,
      }
    }
    default:
      return undefined
  }
}

/** The names that a binding pattern introduces: `a`, `{ b, c: d }`, `[e = 1, ...f]`. */
function namesOf(pattern: unknown): readonly string[] {
  if (!isNode(pattern)) return []
  switch (pattern.type) {
    case 'Identifier':
      return [textOf(pattern) ?? '']
    case 'ArrayPattern':
      return listOf(pattern.elements).flatMap(namesOf)
    case 'ObjectPattern':
      return listOf(pattern.properties).flatMap(namesOf)
    case 'AssignmentPatternProperty':
      return namesOf(pattern.key)
    case 'KeyValuePatternProperty':
      return namesOf(pattern.value)
    case 'AssignmentPattern':
      return namesOf(pattern.left)
    case 'RestElement':
      return namesOf(pattern.argument)
    default:
      return []
  }
}

function exportsOf(node: Node): readonly string[] {
  if (node.type === 'ExportNamedDeclaration') {
    return listOf(node.specifiers).flatMap((item) => {
      if (!isRecord(item)) return []
      return [textOf(item.exported) ?? textOf(item.orig) ?? textOf(item.name) ?? '']
    })
  }
  if (node.type !== 'ExportDeclaration' || !isNode(node.declaration)) return []
  const { declaration } = node
  if (declaration.type === 'VariableDeclaration') {
    return listOf(declaration.declarations).flatMap((item) => (isRecord(item) ? namesOf(item.id) : []))
  }
  return [textOf(declaration.identifier) ?? textOf(declaration.id) ?? '']
}

/** @throws when the file is not TypeScript that swc can parse. */
export function readSource(file: SourceFile): Source {
  const imports: Import[] = []
  const exports: string[] = []
  const globals = new Set<string>()
  for (const node of nodesOf(parseSync(file.text, { syntax: 'typescript', target: 'es2023' }))) {
    const found = importOf(node)
    if (found !== undefined) imports.push(found)
    exports.push(...exportsOf(node))
    if (node.type === 'MemberExpression' && isNode(node.object) && node.object.type === 'Identifier') {
      globals.add(textOf(node.object) ?? '')
    }
  }
  return { ...file, imports, exports, globals }
}
