import { realpathSync } from 'node:fs'
import { WaybillError } from '../../adapters/core/errors.ts'
import type { PushAuthentication } from '../../functions/hosts/http.ts'

/**
 * False where `WAYBILL_PARTIAL_RESPONSES` is `false`, as an event source mapping without `ReportBatchItemFailures` needs. What the
 * environment does not say, the configuration does; default true.
 */
export function partialResponses(configured = true, env = process.env): boolean {
  const written = env.WAYBILL_PARTIAL_RESPONSES ?? String(configured)
  if (written === 'true' || written === 'false') return written === 'true'
  throw refused(`WAYBILL_PARTIAL_RESPONSES is "${written}": use true or false`)
}

/** True where `WAYBILL_ENSURE` is `true`: topics that are missing are made, by brokers that no infrastructure code can reach. */
export function ensures(env = process.env): boolean {
  const written = env.WAYBILL_ENSURE ?? 'false'
  if (written === 'true' || written === 'false') return written === 'true'
  throw refused(`WAYBILL_ENSURE is "${written}": use true or false`)
}

/** Milliseconds between two lines on how a worker is doing, of `WAYBILL_STATUS_SECONDS`; nothing where there are to be none. */
export function statusMs(env = process.env): number | undefined {
  const { WAYBILL_STATUS_SECONDS: written } = env
  if (written === undefined) return undefined
  const seconds = Number(written)
  if (written.trim() !== '' && seconds >= 1 && Number.isFinite(seconds)) return seconds * 1_000
  throw refused(`WAYBILL_STATUS_SECONDS is "${written}": use a number of seconds, 1 or more`)
}

/**
 * Who may push: `WAYBILL_PUSH_ACCOUNT` (the e-mail address of the subscription's service account) with
 * `WAYBILL_PUSH_AUDIENCE`, or `WAYBILL_PUSH_AUTHENTICATION`, which is `platform` or `none`. What the environment does not say,
 * the configuration does. Default `none`, which Cloud Run does not get.
 */
export function authentication(
  configured?: PushAuthentication | 'platform' | 'none',
  env = process.env,
): PushAuthentication | 'platform' | 'none' {
  const { WAYBILL_PUSH_ACCOUNT: account, WAYBILL_PUSH_AUDIENCE: audience } = env
  const written = env.WAYBILL_PUSH_AUTHENTICATION
  if (account !== undefined && audience !== undefined && written === undefined)
    return { serviceAccount: account, audience }
  if (account !== undefined || audience !== undefined)
    throw refused(
      'WAYBILL_PUSH_ACCOUNT and WAYBILL_PUSH_AUDIENCE go together: set these two, or WAYBILL_PUSH_AUTHENTICATION',
    )
  if (written === 'platform' || written === 'none') return written
  if (written !== undefined)
    throw refused(`WAYBILL_PUSH_AUTHENTICATION is "${written}": use platform or none`)
  if (configured !== undefined) return configured
  if (env.K_SERVICE === undefined) return 'none'
  throw refused(
    'anybody could send events: set WAYBILL_PUSH_ACCOUNT and WAYBILL_PUSH_AUDIENCE, or WAYBILL_PUSH_AUTHENTICATION=platform ' +
      'where Cloud Run lets only the subscription in; or hosts.http.authentication of the function',
  )
}

/** True in the module that the process was started with, as `node index.mjs` or as `node .` in its folder. */
export function isStarted({ filename, dirname }: Pick<ImportMeta, 'filename' | 'dirname'>): boolean {
  const [, program] = process.argv
  if (program === undefined) return false
  try {
    return [filename, dirname].includes(realpathSync(program))
  } catch {
    // A name without its extension, which Node completes.
    return false
  }
}

function refused(message: string): WaybillError {
  return new WaybillError('ERR_CONFIG', message)
}
