import { withoutLayouts } from '../layouts.ts'
import type { Target } from '../target.ts'

/** A container that events are pushed to, as on Cloud Run; the same module is a function of Functions Framework. */
export const httpTarget: Target = {
  sources: ['pubsub', 'https', 'http'],
  binding: { contentTypeForGo: 'boolean', rawData: 'string', project: 'string' },
  handler: 'handler',
  plugins: [withoutLayouts],
  code: `
import { frameworkFunction, serve, untilSignal } from 'waybill/http-host'
import { authentication, isStarted } from 'waybill/entry'

const { requestTimeoutMs, drainMs, ...settings } = hosts.http ?? {}
const served = {
  ...fn,
  ...outlets,
  topic: source.topic,
  binding,
  ...settings,
  authentication: authentication(settings.authentication),
}
export const handler = frameworkFunction(served)
if (isStarted(import.meta)) await untilSignal(await serve({ ...served, requestTimeoutMs, drainMs }))
`,
  files: {
    'package.json': `${JSON.stringify(
      { private: true, type: 'module', main: 'index.mjs', scripts: { start: 'node index.mjs' } },
      undefined,
      2,
    )}\n`,
  },
}
