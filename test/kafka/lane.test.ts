import { describe, expect, it } from '@jest/globals'
import type { Batch, EachBatchPayload, KafkaMessage } from 'kafkajs'
import type { Deliver, Outcome } from '../../adapters/core/driver.ts'
import { Lane } from '../../adapters/kafka/lane.ts'
import { eventually } from '../eventually.ts'

const ack: Outcome = { kind: 'ack' }

/** A fetch of kafkajs; `last` stands for a marker behind the last message. */
function fetched(
  offsets: readonly number[],
  { highWatermark = 1_000, from = offsets[0] ?? 0, last = offsets.at(-1) } = {},
) {
  const resolved: string[] = []
  const messages = offsets.map(
    (offset): KafkaMessage => ({
      key: null,
      value: null,
      timestamp: '5',
      attributes: 0,
      offset: String(offset),
      headers: {},
    }),
  )
  const batch: Batch & { fetchedOffset: string } = {
    topic: 't',
    partition: 0,
    highWatermark: String(highWatermark),
    messages,
    fetchedOffset: String(from),
    isEmpty: () => messages.length === 0,
    firstOffset: () => messages[0]?.offset ?? null,
    lastOffset: () => String(last),
    offsetLag: () => '0',
    offsetLagLow: () => '0',
  }
  const payload: EachBatchPayload = {
    batch,
    resolveOffset: (offset) => void resolved.push(offset),
    heartbeat: async () => {},
    pause: () => () => {},
    commitOffsetsIfNecessary: async () => {},
    uncommittedOffsets: () => ({ topics: [] }),
    isRunning: () => true,
    isStale: () => false,
  }
  return { payload, resolved }
}

function laneOf(
  deliver: Deliver,
  { prefetch = 100, after }: { prefetch?: number; after?: Promise<void> } = {},
) {
  const settled: bigint[] = []
  const lane = new Lane('t', 0, { deliver, prefetch, after, onSettled: (_, offset) => settled.push(offset) })
  return { lane, settled }
}

/** Notes what is delivered; each call waits until it is told the outcomes. */
function held() {
  const seen: string[][] = []
  const settle: ((outcomes?: readonly Outcome[]) => void)[] = []
  const deliver: Deliver = (batch) => {
    seen.push(batch.map(({ position }) => position ?? ''))
    return new Promise((resolve) => settle.push((outcomes = batch.map(() => ack)) => resolve(outcomes)))
  }
  return { seen, settle, deliver }
}

/** Notes what is delivered, and acknowledges it. */
function noting() {
  const seen: string[] = []
  const deliver: Deliver = (batch) => {
    for (const { position } of batch) seen.push(position ?? '')
    return batch.map(() => ack)
  }
  return { seen, deliver }
}

describe('a lane', () => {
  it('delivers in parts of the prefetch, and settles each part', () => {
    const sizes: number[] = []
    const { lane, settled } = laneOf(
      (batch) => {
        sizes.push(batch.length)
        return batch.map(() => ack)
      },
      { prefetch: 2 },
    )
    expect(lane.take(fetched([3, 4, 5, 6, 9]).payload)).toBeUndefined()
    expect(sizes).toEqual([2, 2, 1])
    expect(settled).toEqual([5n, 7n, 10n])
  })

  it('settles what stands behind the last message, such as the marker of a transaction', () => {
    const { lane, settled } = laneOf((batch) => batch.map(() => ack))
    lane.take(fetched([1, 2], { last: 4 }).payload)
    expect(settled).toEqual([5n])
  })

  it('takes one batch ahead, and has no room for a second one', async () => {
    const { seen, settle, deliver } = held()
    const { lane } = laneOf(deliver)
    expect(lane.take(fetched([0, 1]).payload)).toBeUndefined()
    const room = lane.take(fetched([2]).payload)
    expect(room).toBeInstanceOf(Promise)
    const { payload, resolved } = fetched([3])
    expect(lane.take(payload)).toBe(room)
    expect(resolved).toEqual([])
    settle[0]?.()
    await room
    expect(seen).toEqual([['0', '1'], ['2']])
  })

  it('settles nothing from the first message on that was released, and delivers it again before all others', async () => {
    const { seen, settle, deliver } = held()
    const { lane, settled } = laneOf(deliver)
    const { payload, resolved } = fetched([0, 1, 2])
    lane.take(payload)
    lane.take(fetched([3]).payload)
    settle[0]?.([ack, { kind: 'release' }, ack])
    await eventually('the end of the delivery', () => lane.pending === undefined)
    expect(settled).toEqual([1n])
    expect(resolved.at(-1)).toBe('0')
    // A fetch that was under way when the lane went back.
    lane.take(fetched([4]).payload)
    lane.take(fetched([1, 2, 3]).payload)
    expect(seen).toEqual([
      ['0', '1', '2'],
      ['1', '2', '3'],
    ])
  })

  it('passes over what it has taken before, and tells kafkajs where it is', () => {
    const { seen, deliver } = noting()
    const { lane } = laneOf(deliver)
    lane.take(fetched([0, 1, 2]).payload)
    const { payload, resolved } = fetched([1, 2, 3])
    lane.take(payload)
    lane.take(fetched([0, 1]).payload)
    expect(seen).toEqual(['0', '1', '2', '3'])
    expect(resolved).toEqual(['2', '3'])
  })

  it('reads a topic that was created anew from its beginning', () => {
    const { seen, deliver } = noting()
    const { lane } = laneOf(deliver)
    lane.take(fetched([700, 701]).payload)
    lane.take(fetched([0, 1], { highWatermark: 2 }).payload)
    expect(seen).toEqual(['700', '701', '0', '1'])
  })

  it('settles nothing once it is lost, and tells the handlers', async () => {
    let told = false
    const { settle, deliver } = held()
    const { lane, settled } = laneOf((batch) => {
      batch[0]?.signal.addEventListener('abort', () => (told = true))
      return deliver(batch)
    })
    lane.take(fetched([0]).payload)
    const room = lane.take(fetched([1]).payload)
    lane.lose()
    await room
    settle[0]?.()
    await eventually('the end of the delivery', () => lane.pending === undefined)
    expect([told, settled]).toEqual([true, []])
    expect(lane.take(fetched([2]).payload)).toBeUndefined()
  })

  it('finishes what is being delivered when it is closed, settles it, and begins nothing more', async () => {
    const { seen, settle, deliver } = held()
    const { lane, settled } = laneOf(deliver, { prefetch: 1 })
    lane.take(fetched([0, 1]).payload)
    lane.take(fetched([2]).payload)
    lane.close()
    settle[0]?.()
    await eventually('the end of the delivery', () => lane.pending === undefined)
    expect([seen, settled]).toEqual([[['0']], [1n]])
  })

  it('waits for an earlier holder of its partition', async () => {
    const { seen, settle, deliver } = held()
    let end = () => {}
    const after = new Promise<void>((resolve) => {
      end = resolve
    })
    const { lane } = laneOf(deliver, { after })
    const room = lane.take(fetched([0]).payload)
    expect(seen).toEqual([])
    end()
    await room
    expect(seen).toEqual([['0']])
    settle[0]?.()
  })

  it('takes a delivery that rejects for one that settled nothing', async () => {
    const { lane, settled } = laneOf(() => Promise.reject(new Error('a stranger')))
    const { payload, resolved } = fetched([5])
    lane.take(payload)
    await eventually('the end of the delivery', () => lane.pending === undefined)
    expect([settled, resolved]).toEqual([[], ['5', '4']])
  })
})
