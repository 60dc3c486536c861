import type { Target } from '../target.ts'

/** A container that events are pushed to, as on Cloud Run; the same module is a function of Functions Framework. */
export const httpTarget: Target = {
  sources: ['pubsub', 'https', 'http'],
  handler: 'handler',
  code: `
import { frameworkFunction, serve, untilSignal } from 'waybill/http-host'
import { authentication, isStarted } from 'waybill/entry'

const own = { contentTypeForGo: 'boolean', rawData: 'string', project: 'string' }
const binding = bindingOf(config, source.broker, own)
const options = { ...fn, ...outlets, topic: source.topic, binding, authentication: authentication() }
export const handler = frameworkFunction(options)
if (isStarted(import.meta)) await untilSignal(await serve(options))
`,
  files: {
    'package.json': `${JSON.stringify(
      { private: true, type: 'module', main: 'index.mjs', scripts: { start: 'node index.mjs' } },
      undefined,
      2,
    )}\n`,
  },
}
