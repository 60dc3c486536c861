import { describe, expect, test } from '@jest/globals'
import { memory, messageOf } from '../../../adapters/index.ts'
import { linesOf } from '../../../cli/emit/lines.ts'
import { publishLines } from '../../../cli/emit/publish.ts'

const line = (id: number) => JSON.stringify({ specversion: '1.0', id: String(id), source: '/s', type: 't' })

async function* chunks(text: string) {
  yield Buffer.from(text)
}

describe('publishing lines', () => {
  test('keeps their order, and goes on after a line that is refused', async () => {
    const broker = memory()
    const ids: string[] = []
    const refusals: [number, string][] = []
    const text = [line(1), '', '{"no":"event"}', line(2), '\r', 'no json', line(3)].join('\n')
    const target = { broker, topic: 't', options: { key: 'k' } }
    const result = await publishLines(linesOf(chunks(text)), target, (number, error) => {
      refusals.push([number, messageOf(error)])
    })
    expect(result).toEqual({ accepted: 3, refused: 2 })
    expect(refusals.map(([number]) => number).toSorted()).toEqual([3, 6])
    expect(refusals.find(([number]) => number === 6)?.[1]).toMatch(/not valid JSON/)
    const done = new Promise<void>((resolve) => {
      broker.subscribe({ topic: 't', group: 'g' }, ({ id }, { delivery }) => {
        ids.push(`${delivery.message.key}${id}`)
        if (ids.length === 3) resolve()
      })
    })
    await done
    await broker.close()
    expect(ids).toEqual(['k1', 'k2', 'k3'])
  })

  test('tells what was accepted before a line that cannot be read', async () => {
    const broker = memory()
    const refused: number[] = []
    const text = [line(1), 'no json', line(2), 'x'.repeat(200)].join('\n')
    const result = await publishLines(
      linesOf(chunks(text), 100),
      { broker, topic: 't', options: {} },
      (at) => {
        refused.push(at)
      },
    )
    await broker.close()
    expect(result).toEqual({
      accepted: 2,
      refused: 1,
      failure: expect.objectContaining({
        code: 'ERR_INPUT',
        message: expect.stringContaining('line 4 is longer'),
      }),
    })
    expect(refused).toEqual([2])
  })

  test('waits for room instead of reading ahead without end', async () => {
    const broker = memory({ capacity: 10 })
    await broker.ensure({ topics: ['t'], groups: [{ topic: 't', group: 'g' }] })
    const total = 5_000
    let read = 0
    async function* counted() {
      for (let id = 1; id <= total; id++) {
        read = id
        yield { number: id, bytes: Buffer.from(line(id)) }
      }
    }
    const publishing = publishLines(counted(), { broker, topic: 't', options: {} }, () => {})
    let readAhead = 0
    while (readAhead === 0 || readAhead < read) {
      readAhead = read
      await new Promise((resolve) => setImmediate(resolve))
    }
    broker.subscribe({ topic: 't', group: 'g' }, () => {})
    expect(await publishing).toEqual({ accepted: total, refused: 0 })
    await broker.close()
    expect(readAhead).toBeGreaterThan(10)
    expect(readAhead).toBeLessThan(total / 2)
  })
})
