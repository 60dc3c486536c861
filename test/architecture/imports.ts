import { isBuiltin } from 'node:module'
import { posix } from 'node:path'
import type { Import, Source } from './source.ts'

/** The broker clients each broker folder may import; nobody else may import them. */
const clients: Readonly<Record<string, readonly string[]>> = {
  memory: [],
  http: [],
  kafka: ['kafkajs'],
  nats: ['nats'],
  kinesis: ['@aws-sdk/client-kinesis', '@aws-sdk/client-dynamodb', '@smithy/node-http-handler'],
  pubsub: ['@google-cloud/pubsub'],
}
const everyClient = Object.values(clients).flat()

/** The one file that runs the code of the optional `cloudevents` package, and so an entry that no other file may import. */
const sdkEntry = 'adapters/sdk.ts'

/** Folders that ship, and so may not lean on what does not ship or on the command line. */
const library = ['adapters', 'functions']

/** Importers that may import anything of the tree. */
const tools = ['cli', 'test', 'bench', 'examples', 'scripts', 'infra']

/** `@scope/name/deep` → `@scope/name`, `name/deep` → `name`. */
export function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

/** Where an import points: a path of the tree, a Node module, a package, or unknowable before run time. */
export type Target =
  | { readonly kind: 'tree'; readonly path: string }
  | { readonly kind: 'node'; readonly name: string }
  | { readonly kind: 'package'; readonly name: string }
  | { readonly kind: 'computed' }

export function targetOf(from: string, { specifier }: Import): Target {
  if (specifier === undefined) return { kind: 'computed' }
  if (specifier.startsWith('.')) return { kind: 'tree', path: posix.join(posix.dirname(from), specifier) }
  if (isBuiltin(specifier)) return { kind: 'node', name: specifier }
  return { kind: 'package', name: packageOf(specifier) }
}

function inside(path: string, folder: string): boolean {
  return path.startsWith(`${folder}/`)
}

/** Why a file of the tree may not import another, or `undefined` when it may. */
function treeFault(from: string, to: string): string | undefined {
  const [top = '', second = '', third] = from.split('/')
  if (top === 'adapters' && third !== undefined) {
    if (second === 'core') return inside(to, 'adapters/core') ? undefined : 'core imports core only'
    return inside(to, 'adapters/core') || inside(to, `adapters/${second}`)
      ? undefined
      : 'a broker folder imports core and itself only'
  }
  if (top === 'adapters') return inside(to, 'adapters') ? undefined : 'the public entry imports adapters only'
  if (top === 'functions' && second === 'hosts') {
    // How requests are read belongs to the binding of HTTP: what a host of requests shares with the sink.
    const binding = /^adapters\/([^/]+\/binding|http\/(request|webhook))\.ts$/.test(to)
    return binding || inside(to, 'adapters/core') || inside(to, 'functions/hosts')
      ? undefined
      : 'a host imports core and bindings only'
  }
  if (top === 'functions') {
    // Files that lie in `functions` itself are there for all of them, so they know none of them.
    const own = third === undefined ? [] : [`functions/${second}`]
    const shared = ['adapters/core', 'functions/hosts', 'functions/idempotency', ...own]
    const isCommon = posix.dirname(to) === 'functions'
    return to === 'adapters/index.ts' || isCommon || shared.some((folder) => inside(to, folder))
      ? undefined
      : 'a function imports the public entry, core, hosts, what functions share and itself only'
  }
  if (tools.includes(top)) return undefined
  if (top === 'dev') {
    return inside(to, 'dev') || inside(to, 'adapters') ? undefined : 'dev imports adapters and itself only'
  }
  return undefined
}

function packageFault(from: string, name: string, { typeOnly, dynamic }: Import): string | undefined {
  const [top = '', second = '', third] = from.split('/')
  if (name === 'waybill') return 'the tree imports itself by relative paths, which need no build'
  if (top === 'adapters' && second === 'core') {
    return name === 'cloudevents' && typeOnly
      ? undefined
      : 'core has no dependency but the types of cloudevents'
  }
  if (top === 'adapters' && third !== undefined) {
    if (!(clients[second] ?? []).includes(name)) return 'a broker folder imports its own client only'
    return typeOnly || dynamic ? undefined : 'a client is imported lazily'
  }
  if (name === 'cloudevents' && shipsWith(from) && from !== sdkEntry && !typeOnly) {
    return 'only adapters/sdk.ts imports the code of cloudevents'
  }
  if (from === sdkEntry && name === 'cloudevents') return undefined
  if (top === 'adapters') return 'the public entry imports no package'
  // A store of notes on AWS is no broker, and loads its client as a driver does.
  if (from === 'functions/idempotency/dynamodb.ts' && (typeOnly || dynamic)) return undefined
  if (top === 'functions' && everyClient.includes(name)) return 'a function or host imports no broker client'
  return undefined
}

/** Of `test` these parts ship, without their own tests. */
function shipsWith(path: string): boolean {
  if (path.endsWith('.test.ts')) return false
  return ['adapters', 'functions', 'cli', 'dev', 'infra', 'test/conformance', 'test/platform'].some(
    (folder) => inside(path, folder),
  )
}

function faultOf(from: string, found: Import): string | undefined {
  const target = targetOf(from, found)
  switch (target.kind) {
    case 'tree':
      if (shipsWith(from) && !shipsWith(target.path)) return 'what ships imports only what ships'
      if (shipsWith(from) && target.path === sdkEntry)
        return 'cloudevents is optional: its entry stands alone'
      return treeFault(from, target.path)
    case 'package':
      return packageFault(from, target.name, found)
    case 'node':
      return inside(from, 'adapters/core') || inside(from, 'adapters/memory')
        ? 'core and memory run without Node modules'
        : undefined
    case 'computed':
      return library.some((folder) => inside(from, folder))
        ? 'the library imports by literal names, so that bundlers and this test can follow'
        : undefined
  }
}

/** Import directions: each violation as `from → specifier: rule`. */
export function importFaults(source: Source): readonly string[] {
  return source.imports.flatMap((found) => {
    const fault = faultOf(source.path, found)
    return fault === undefined ? [] : [`${source.path} → ${found.specifier ?? '(computed)'}: ${fault}`]
  })
}
