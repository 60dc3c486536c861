import { execFile, spawn } from 'node:child_process'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

/** A module that a function of these tests is made of: it doubles a number, and does what the event asks for. */
export const doubling = `
import { derive, TerminalError } from 'waybill'

export const handler = (event) => {
  if (event.subject === 'terminal') throw new TerminalError('never')
  if (event.subject === 'fails') throw new Error('not yet')
  return event.subject === 'silent' ? undefined : derive(event, { id: event.id + '/2', data: 2 * event.data })
}
`

/** The same without a result, whose answer depends on options that are read where it runs. */
export const noting = `
export const createHandler = ({ word }) => (event) => { console.log(word + ' ' + event.id) }
`

export interface Ran {
  readonly stdout: string
  readonly stderr: string
}

/** Plain Node, in an environment with nothing of Jest's in it. */
export function plainEnvironment(env: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, ...rest } = process.env
  return { ...rest, ...env }
}

/** Calls what a bundle exports as `handler` once with each event, as Lambda does, and gives the replies. */
export async function invokeBundle(
  file: string,
  events: readonly unknown[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ran & { readonly replies: readonly unknown[] }> {
  const program = `
    const { handler } = await import(${JSON.stringify(pathToFileURL(file).href)})
    const replies = []
    for (const event of ${JSON.stringify(events)})
      replies.push(await handler(event, { getRemainingTimeInMillis: () => 30000 }))
    process.stdout.write('replies ' + JSON.stringify(replies))
    process.exit()`
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', program],
    {
      env: plainEnvironment(env),
    },
  )
  const [printed = '', replies = ''] = stdout.split('replies ')
  return { stdout: printed, stderr, replies: JSON.parse(replies) }
}

/** Gives requests to what a bundle exports as `handler`, as Functions Framework does, and gives the statuses. */
export async function callBundle(
  file: string,
  bodies: readonly object[],
  env: Readonly<Record<string, string>>,
): Promise<readonly unknown[]> {
  const program = `
    import { createServer } from 'node:http'
    const { handler } = await import(${JSON.stringify(pathToFileURL(file).href)})
    const server = createServer(async (request, response) => {
      const parts = []
      for await (const part of request) parts.push(part)
      await handler(Object.assign(request, { rawBody: Buffer.concat(parts) }), response)
    })
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = 'http://127.0.0.1:' + server.address().port
    const headers = { 'content-type': 'application/cloudevents+json' }
    const statuses = []
    for (const body of ${JSON.stringify(bodies)})
      statuses.push((await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })).status)
    process.stdout.write(JSON.stringify(statuses))
    process.exit()`
  const words = ['--input-type=module', '--eval', program]
  const { stdout } = await promisify(execFile)(process.execPath, words, { env: plainEnvironment(env) })
  return JSON.parse(stdout)
}

/** A bundle that is a program, started. */
export function startBundle(file: string, env: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [file], { env: plainEnvironment(env) })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  return { child, ended, said: () => said }
}

/** Takes what is posted, and tells it. */
export async function receiver() {
  const posted: { readonly id: string; readonly body: string }[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const part of request.setEncoding('utf8')) body += part
    posted.push({ id: String(request.headers['ce-id']), body })
    response.writeHead(204).end()
  })
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' ? (address?.port ?? 0) : 0)
    })
  })
  return {
    posted,
    url: `http://127.0.0.1:${port}/events`,
    close: () => {
      server.closeAllConnections()
      return new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

/** A port that is free now. */
export async function freePort(): Promise<string> {
  const { url, close } = await receiver()
  await close()
  return new URL(url).port
}

export function bundleIn(out: string, host: string, name: string): string {
  return join(out, host, name, 'index.mjs')
}
