import { describe, expect, it } from '@jest/globals'
import { sleep, systemClock } from '../../adapters/core/clock.ts'
import { Slots } from '../../adapters/core/slots.ts'
import { eventually } from '../eventually.ts'
import { idle, manualClock } from '../manual-clock.ts'

describe('sleep', () => {
  it('ends when its time is over, and not before', async () => {
    const clock = manualClock()
    let awake = false
    void sleep(clock, 100, []).then(() => {
      awake = true
    })
    await clock.advance(99)
    expect(awake).toBe(false)
    await clock.advance(1)
    expect(awake).toBe(true)
  })

  it('ends as soon as one of its signals aborts, and leaves no timer behind', async () => {
    const clock = manualClock()
    const [first, second] = [new AbortController(), new AbortController()]
    const sleeping = sleep(clock, 100, [first.signal, second.signal])
    expect(clock.waits).toEqual([100])
    second.abort()
    await sleeping
    expect(clock.waits).toEqual([])
  })

  it('does not begin where a signal has aborted', async () => {
    const clock = manualClock()
    await sleep(clock, 100, [AbortSignal.abort()])
    expect(clock.waits).toEqual([])
  })
})

describe('the system clock', () => {
  it('tells the time and calls once', async () => {
    let calls = 0
    expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(1_000)
    systemClock.after(1, () => calls++)
    await eventually('the timer', () => calls === 1)
  })

  it('does not call what was cancelled, nor at once what is further away than a timer can be', async () => {
    let calls = 0
    systemClock.after(1, () => calls++)()
    const cancel = systemClock.after(2 ** 40, () => calls++)
    await new Promise((resolve) => setTimeout(resolve, 20))
    cancel()
    expect(calls).toBe(0)
  })
})

describe('slots', () => {
  it('are given to no more than their number, the longest waiting first', async () => {
    const slots = new Slots(2)
    expect([slots.take(), slots.take()]).toEqual([undefined, undefined])
    const order: number[] = []
    for (const n of [1, 2]) void slots.take()?.then(() => order.push(n))
    await idle()
    expect(order).toEqual([])
    slots.give()
    await idle()
    expect(order).toEqual([1])
    slots.give()
    slots.give()
    await idle()
    expect([order, slots.take()]).toEqual([[1, 2], undefined])
  })
})
