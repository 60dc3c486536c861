/** What a byte does to the remainder, for each of eight places in a row: eight bytes a step instead of one. */
const table = new Int32Array(8 * 256)
for (let byte = 0; byte < 256; byte++) {
  let remainder = byte
  for (let bit = 0; bit < 8; bit++)
    remainder = (remainder & 1) === 0 ? remainder >>> 1 : (remainder >>> 1) ^ 0x82f63b78
  table[byte] = remainder
}
for (let at = 256; at < table.length; at++) {
  const before = of(at - 256)
  table[at] = (before >>> 8) ^ of(before & 255)
}

/** CRC-32C (Castagnoli, RFC 3720 §12.1) of `bytes` from `from` to `to`, which a record batch carries; 0 to 2^32 − 1. */
export function crc32c(bytes: Uint8Array, from: number, to: number): number {
  const byte = (at: number) => bytes[at] ?? 0
  let crc = -1
  let at = from
  for (; at + 8 <= to; at += 8) {
    crc ^= byte(at) | (byte(at + 1) << 8) | (byte(at + 2) << 16) | (byte(at + 3) << 24)
    crc =
      of(1792 + (crc & 255)) ^
      of(1536 + ((crc >>> 8) & 255)) ^
      of(1280 + ((crc >>> 16) & 255)) ^
      of(1024 + (crc >>> 24)) ^
      of(768 + byte(at + 4)) ^
      of(512 + byte(at + 5)) ^
      of(256 + byte(at + 6)) ^
      of(byte(at + 7))
  }
  for (; at < to; at++) crc = (crc >>> 8) ^ of((crc ^ byte(at)) & 255)
  return ~crc >>> 0
}

function of(at: number): number {
  return table[at] ?? 0
}
