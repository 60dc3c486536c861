import type { CloudEvent } from '../../adapters/index.ts'

/** The shape of what commerce sends: text, numbers, booleans, a list of objects. */
export interface Order {
  readonly order: number
  readonly customer: string
  readonly total: number
  readonly paid: boolean
  readonly lines: readonly OrderLine[]
  /** Fills the order to its size. */
  readonly note: string
}

interface OrderLine {
  readonly sku: string
  readonly title: string
  readonly quantity: number
  readonly price: number
  readonly gift: boolean
}

/**
 * Events with nine attributes, two of them extensions, and data whose JSON has `bytes` bytes. No two have the same id,
 * time or subject, neighbours differ in source and type: nothing that a codec remembers of the last event holds for the
 * next.
 */
export function orderEvents(count: number, bytes: number): CloudEvent<Order>[] {
  return Array.from({ length: count }, (_, index) => {
    const event: CloudEvent<Order> = {
      specversion: '1.0',
      id: `${(index * 2_654_435_761).toString(16).padStart(12, '0')}-4d3c-9e2f-${index.toString(16).padStart(8, '0')}`,
      source: `/orders/${['eu', 'us', 'apac'][index % 3]}`,
      type: `com.example.order.${['created', 'paid', 'packed', 'sent', 'returned'][index % 5]}`,
      subject: `customer-${index}`,
      time: new Date(Date.UTC(2026, 0, 31) + index * 37_123).toISOString().replace('Z', '456Z'),
      datacontenttype: 'application/json',
      region: ['eu-central-1', 'us-east-1', 'ap-south-1'][index % 3],
      tenant: `tenant-${index % 97}`,
      data: order(index, bytes),
    }
    return flat(event)
  })
}

/** The same, but that two attributes need percent-encoding where headers hold ASCII only. */
export function encodedOrderEvents(count: number, bytes: number): CloudEvent<Order>[] {
  return orderEvents(count, bytes).map((event, index) => {
    return flat({ ...event, subject: `Käufer ${index}, 100 % Größe`, tenant: `tenant no. ${index % 97}` })
  })
}

function order(index: number, bytes: number): Order {
  const room = bytes - sizeOf({ ...head(index), lines: [], note: '' })
  const lines: OrderLine[] = []
  for (let left = room; ; ) {
    const line = orderLine(index + lines.length)
    left -= sizeOf(line) + 1
    if (left < 0) break
    lines.push(line)
  }
  const missing = bytes - sizeOf({ ...head(index), lines, note: '' })
  return { ...head(index), lines, note: 'n'.repeat(missing) }
}

function head(index: number) {
  return {
    order: 100_000 + index,
    customer: `customer-${index}`,
    total: (index * 7919) / 100,
    paid: index % 4 > 0,
  }
}

function orderLine(index: number): OrderLine {
  return {
    sku: `SKU-${1000 + (index % 9000)}`,
    title: `Ordinary article ${index % 1000}, dark green`,
    quantity: 1 + (index % 9),
    price: 9.95 + (index % 90),
    gift: index % 11 === 0,
  }
}

/** The same with every string in one piece, as a client's are; engines put concatenations together when they are first read. */
function flat<T>(value: T): T {
  return JSON.parse(JSON.stringify(value))
}

function sizeOf(value: unknown): number {
  return JSON.stringify(value).length
}
