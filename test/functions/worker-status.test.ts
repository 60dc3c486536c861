import { describe, expect, it } from '@jest/globals'
import type { Logger } from '../../adapters/core/observe.ts'
import { ensures, statusMs } from '../../cli/entry/index.ts'
import { statusLines } from '../../functions/hosts/worker/status.ts'
import type { FunctionStatus } from '../../functions/hosts/worker.ts'

const idle: FunctionStatus = {
  name: 'billing',
  state: 'running',
  received: 0,
  handled: 0,
  retried: 0,
  deadLettered: 0,
  dropped: 0,
  released: 0,
  emitted: 0,
  inFlight: 0,
}

describe('the status of a worker', () => {
  it('tells what came since the line before, and no old lag where nothing did', () => {
    const lines: object[] = []
    const logger: Logger = {
      debug() {},
      warn() {},
      error() {},
      info: (fields, message) => void lines.push({ ...fields, message }),
    }
    const tell = statusLines(logger)
    tell([{ ...idle, received: 5, handled: 4, deadLettered: 1, lagMs: 120_000.4 }])
    tell([{ ...idle, received: 7, handled: 6, deadLettered: 1, lagMs: 300, inFlight: 1 }])
    tell([{ ...idle, received: 7, handled: 7, deadLettered: 1, lagMs: 300 }])
    expect(lines).toEqual([
      expect.objectContaining({
        message: 'status',
        function: 'billing',
        received: 5,
        deadLettered: 1,
        lagMs: 120_000,
      }),
      expect.objectContaining({ received: 2, handled: 2, deadLettered: 0, lagMs: 300 }),
      expect.objectContaining({ received: 0, handled: 1, lagMs: 0 }),
    ])
  })

  it('is told as often as the environment says, or never', () => {
    expect(statusMs({})).toBeUndefined()
    expect(statusMs({ WAYBILL_STATUS_SECONDS: '30' })).toBe(30_000)
    expect(() => statusMs({ WAYBILL_STATUS_SECONDS: 'often' })).toThrow('use a number of seconds, 1 or more')
    expect([ensures({}), ensures({ WAYBILL_ENSURE: 'true' })]).toEqual([false, true])
    expect(() => ensures({ WAYBILL_ENSURE: '1' })).toThrow('use true or false')
  })
})
