import { createHash } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { md5, plainMd5 } from '../../adapters/kinesis/md5.ts'

const hex = (data: Uint8Array) => Buffer.from(data).toString('hex')
const expected = (data: Uint8Array) => createHash('md5').update(data).digest('hex')

describe.each([
  ['md5', md5],
  ['md5 in plain code', plainMd5],
])('%s', (_, digestOf) => {
  it.each([
    ['', 'd41d8cd98f00b204e9800998ecf8427e'],
    ['a', '0cc175b9c0f1b6a831c399e269772661'],
    ['abc', '900150983cd24fb0d6963f7d28e17f72'],
    ['message digest', 'f96b697d7cb7938d525a2f31aaf161d0'],
    ['abcdefghijklmnopqrstuvwxyz', 'c3fcd3d76192e4007dfb496cca67e13b'],
    ['ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789', 'd174ab98d277d9f5a5611c2c9f419d9f'],
    ['1234567890'.repeat(8), '57edf4a22be3c955ac49da2e2107b67a'],
  ])('digests %j as RFC 1321 §A.5 says', (text, digest) => {
    expect(hex(digestOf(new TextEncoder().encode(text)))).toBe(digest)
  })

  it('agrees with node:crypto on every length around the size of a block, wherever the view starts', () => {
    const buffer = Uint8Array.from({ length: 600 }, (_, index) => (index * 167 + 13) & 0xff)
    for (let length = 0; length <= 260; length++) {
      const data = buffer.subarray(length, 2 * length)
      expect(hex(digestOf(data))).toBe(expected(data))
    }
  })

  it('agrees with node:crypto on a record of the largest size', () => {
    const data = new Uint8Array(10 * 2 ** 20).map((_, index) => (index ^ (index >> 7)) & 0xff)
    expect(hex(digestOf(data))).toBe(expected(data))
  })

  it('leaves the data as they are', () => {
    const data = Uint8Array.from({ length: 130 }, (_, index) => index)
    const copy = data.slice()
    digestOf(data)
    expect(data).toEqual(copy)
  })
})
