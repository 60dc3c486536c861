import { expect, it } from '@jest/globals'
import type { Deliver, Delivery, Outcome } from '../../adapters/core/driver.ts'
import { Lanes } from '../../adapters/core/lanes.ts'
import { eventually } from '../eventually.ts'

const never = new AbortController().signal

function messageOf(key: string, position: string) {
  const delivery: Delivery = {
    message: { headers: {}, body: null, key },
    topic: 't',
    attempt: 1,
    position,
    signal: never,
    native: undefined,
  }
  return { delivery, key }
}

/** Lanes, what was settled, and a reader that answers when it is told to. */
function open() {
  const settled: string[] = []
  const delivered: string[] = []
  const answers: ((kind: 'ack' | 'release') => void)[] = []
  const lanes = new Lanes({
    ordered: true,
    settle: ({ delivery }, { kind }) => settled.push(`${kind} ${delivery.position}`),
  })
  const deliver: Deliver = (batch) => {
    delivered.push(...batch.map(({ position }) => position ?? ''))
    return new Promise<readonly Outcome[]>((resolve) => {
      answers.push((kind) => resolve(batch.map(() => ({ kind }))))
    })
  }
  return { lanes, settled, delivered, deliver, answer: (kind: 'ack' | 'release') => answers.shift()?.(kind) }
}

it('hands nothing over any more once reading failed, and tells so when what was handed over has come back', async () => {
  const { lanes, settled, delivered, deliver, answer } = open()
  let end = 'none'
  lanes.read(deliver, never, 16).catch((error: unknown) => {
    end = String(error)
  })
  for (const position of ['1', '2', '3']) lanes.push(messageOf('k', position))
  await eventually('the first', () => delivered.length > 0)
  lanes.fail(new Error('gone'))
  lanes.push(messageOf('other', '4'))
  await new Promise(setImmediate)
  expect(end).toBe('none')
  answer('ack')
  await eventually('the end', () => end !== 'none')
  expect(end).toBe('Error: gone')
  await new Promise(setImmediate)
  expect(delivered).toEqual(['1'])
  expect(settled).toEqual(['ack 1'])
})

it('rejects who begins to read after reading failed', async () => {
  const { lanes, deliver } = open()
  lanes.fail(new Error('gone'))
  await expect(lanes.read(deliver, never, 16)).rejects.toThrow('gone')
})

it('resolves for a reader that leaves when its last delivery has come back, and gives the rest to others', async () => {
  const { lanes, delivered, deliver, answer } = open()
  const stop = new AbortController()
  let hasLeft = false
  const reading = lanes.read(deliver, stop.signal, 16).then(() => {
    hasLeft = true
  })
  lanes.push(messageOf('k', '1'))
  await eventually('the first', () => delivered.length === 1)
  stop.abort()
  await new Promise(setImmediate)
  expect({ hasLeft, isRead: lanes.isRead }).toEqual({ hasLeft: false, isRead: false })
  answer('release')
  await reading
  void lanes.read(deliver, never, 16)
  await eventually('it again', () => delivered.length === 2)
  expect(delivered).toEqual(['1', '1'])
})
