// A runtime as Lambda's own is, in the little that a function sees of it: for where the runtime interface client is not installed.
// `node loop.mjs <file>.<exported name>`, the file in LAMBDA_TASK_ROOT, with as many invocations at once as AWS_LAMBDA_MAX_CONCURRENCY says.
import { request } from 'node:http'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':')
const prefix = '/2018-06-01/runtime'

function call(method, path, body) {
  return new Promise((resolve, reject) => {
    const sent = request({ host, port, method, path: prefix + path }, (answer) => {
      let text = ''
      answer.on('data', (part) => {
        text += part
      })
      answer.on('end', () => resolve({ headers: answer.headers, text }))
    })
    sent.on('error', reject)
    sent.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

function told(error) {
  return { errorType: error?.name ?? 'Error', errorMessage: String(error?.message ?? error), stackTrace: [] }
}

async function serve(handler) {
  for (;;) {
    const { headers, text } = await call('GET', '/invocation/next')
    const id = headers['lambda-runtime-aws-request-id']
    const deadline = Number(headers['lambda-runtime-deadline-ms'])
    const context = { awsRequestId: id, getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()) }
    try {
      const result = await handler(JSON.parse(text), context)
      await call('POST', `/invocation/${id}/response`, result ?? null)
    } catch (error) {
      await call('POST', `/invocation/${id}/error`, told(error))
    }
  }
}

const [, module, name] = /^(.*)\.([^.]+)$/.exec(process.argv[2])
const file = join(process.env.LAMBDA_TASK_ROOT, `${module}.mjs`)
let handler
try {
  handler = (await import(pathToFileURL(file).href))[name]
  if (typeof handler !== 'function') throw new Error(`${file} exports no function ${name}`)
} catch (error) {
  await call('POST', '/init/error', told(error))
  process.exit(1)
}
const width = Number(process.env.AWS_LAMBDA_MAX_CONCURRENCY ?? 1)
await Promise.all(Array.from({ length: width }, () => serve(handler)))
