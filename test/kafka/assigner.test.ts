import { describe, expect, it } from '@jest/globals'
import { share } from '../../adapters/kafka/assigner.ts'

const member = (id: string, owned: readonly number[] = [], load = 0, takes: readonly string[] = []) => ({
  id,
  topics: ['t'],
  claim: { owns: { t: owned }, takes },
  load,
})

const shares = (count: number, ...members: ReturnType<typeof member>[]) =>
  Object.fromEntries(share('t', [...Array(count).keys()], members))

describe('sharing partitions', () => {
  it('is even', () => {
    expect(shares(5, member('a'), member('b'))).toEqual({ a: [0, 1, 2], b: [3, 4] })
    expect(shares(2, member('a'), member('b'), member('c'))).toEqual({ a: [0], b: [1] })
  })

  it('leaves members what they have', () => {
    expect(shares(4, member('a', [3, 1]), member('b', [0, 2]))).toEqual({ a: [1, 3], b: [0, 2] })
  })

  it('takes from a member only what it has too much of, when another one joins', () => {
    expect(shares(5, member('new'), member('old', [0, 1, 2, 3, 4]))).toEqual({ old: [0, 1, 2], new: [3, 4] })
  })

  it('gives what a member leaves behind to the others, who keep theirs', () => {
    expect(shares(6, member('a', [0, 3]), member('b', [1, 4]))).toEqual({ a: [0, 2, 3], b: [1, 4, 5] })
  })

  it('believes the first of two members that claim one partition, and nobody who claims what there is not', () => {
    expect(shares(2, member('a', [0, 9]), member('b', [0, 1]))).toEqual({ a: [0], b: [1] })
  })

  it('gives the odd partition to the member that does less elsewhere', () => {
    expect(shares(1, member('a', [], 5), member('b', [], 2))).toEqual({ b: [0] })
  })

  it('gives everything to a member that moves the group', () => {
    expect(shares(3, member('a', [0, 1, 2]), member('z', [], 0, ['t']))).toEqual({ z: [0, 1, 2] })
    expect(shares(2, member('a', [0, 1]), member('z', [], 0, ['another']))).toEqual({ a: [0], z: [1] })
  })
})
