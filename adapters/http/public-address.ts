type Range = readonly [start: readonly number[], bits: number]

/** IPv4 that no stranger may send us to: the IANA special-purpose registry, multicast, reserved and broadcast. */
const special4: readonly Range[] = [
  [[0], 8],
  [[10], 8],
  [[100, 64], 10],
  [[127], 8],
  [[169, 254], 16],
  [[172, 16], 12],
  [[192, 0, 0], 24],
  [[192, 0, 2], 24],
  [[192, 88, 99], 24],
  [[192, 168], 16],
  [[198, 18], 15],
  [[198, 51, 100], 24],
  [[203, 0, 113], 24],
  [[224], 4],
  [[240], 4],
]

/** Of IPv6 only global unicast is public at all (RFC 4291 §2.4). */
const global6: Range = [[0x20, 0], 3]
/** In it: protocol assignments with Teredo, documentation twice, and 6to4, which holds an IPv4 address. */
const special6: readonly Range[] = [
  [[0x20, 0x01, 0x00], 23],
  [[0x20, 0x01, 0x0d, 0xb8], 32],
  [[0x20, 0x02], 16],
  [[0x3f, 0xff, 0x00], 20],
]

/**
 * True for an IP address in its usual notation that belongs to the public Internet. False for everything else: private,
 * loopback, link-local (169.254.169.254 answers with cloud credentials), shared, multicast and reserved ranges, IPv6
 * that holds an IPv4 address (mapped, NAT64, 6to4), zones, other notations, and what is no address.
 */
export function isPublicAddress(text: string): boolean {
  const four = bytes4(text)
  if (four !== undefined) return !special4.some((range) => isIn(four, range))
  const six = bytes6(text)
  return six !== undefined && isIn(six, global6) && !special6.some((range) => isIn(six, range))
}

function isIn(bytes: readonly number[], [start, bits]: Range): boolean {
  for (let bit = 0; bit < bits; bit += 8) {
    const mask = 0xff & ~(0xff >> Math.min(8, bits - bit))
    const at = bit / 8
    if (((bytes[at] ?? 0) & mask) !== ((start[at] ?? 0) & mask)) return false
  }
  return true
}

function bytes4(text: string): number[] | undefined {
  if (!/^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}$/.test(text)) return undefined
  const bytes = text.split('.').map(Number)
  return bytes.every((byte) => byte <= 255) ? bytes : undefined
}

function bytes6(text: string): number[] | undefined {
  if (!/^[0-9a-f:.]{2,45}$/i.test(text) || !text.includes(':')) return undefined
  try {
    // The URL standard writes every IPv6 address in one way, without an IPv4 part.
    const { hostname } = new URL(`http://[${text}]`)
    const [head = '', tail] = hostname.slice(1, -1).split('::')
    const before = groupsOf(head)
    const after = groupsOf(tail ?? '')
    const zeros = new Array(Math.max(0, 8 - before.length - after.length)).fill(0)
    return [...before, ...zeros, ...after].flatMap((group) => [group >> 8, group & 0xff])
  } catch {
    return undefined
  }
}

function groupsOf(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16))
}
