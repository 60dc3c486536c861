import type { Refusal } from './driver.ts'
import { WaybillError } from './errors.ts'

/** The result of a record that was not tried, since an earlier one of its key failed and would come behind it. */
export function heldBack(adapter: string, retryable: boolean): Refusal {
  const text = 'an earlier record of its key failed: publish both again, in order'
  return { error: new WaybillError('ERR_PUBLISH', text, { adapter }), retryable, tried: false }
}
