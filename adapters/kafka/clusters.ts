import type { Kafka } from 'kafkajs'

/**
 * Calls `visit` with each connection to a broker that this instance finds, anew each time, and sees to it that all of them
 * end with their cluster: kafkajs forgets a broker that was away for a moment, while the members of a group still know it,
 * connect it again, and leave it connected, so that the process could not end. kafkajs has no option for either; where a
 * version of it works otherwise, nothing is changed.
 */
export function onBroker(kafka: Kafka, visit: (broker: object) => void): Kafka {
  const symbol = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === 'private:Kafka:createCluster',
  )
  if (symbol === undefined) return kafka
  const create: unknown = Reflect.get(kafka, symbol)
  if (typeof create !== 'function') return kafka
  Reflect.set(kafka, symbol, (options: unknown) => {
    const cluster: unknown = create(options)
    if (typeof cluster === 'object' && cluster !== null) follow(cluster, visit)
    return cluster
  })
  return kafka
}

function follow(cluster: object, visit: (broker: object) => void): void {
  const find: unknown = Reflect.get(cluster, 'findBroker')
  const disconnect: unknown = Reflect.get(cluster, 'disconnect')
  if (typeof find !== 'function' || typeof disconnect !== 'function') return
  /** Whoever can still connect one holds it. */
  const known = new Set<WeakRef<object>>()
  let last: object | undefined
  Reflect.set(cluster, 'findBroker', async (node: unknown) => {
    const broker: unknown = await find.call(cluster, node)
    if (typeof broker !== 'object' || broker === null) return broker
    if (broker !== last) remember(known, broker)
    last = broker
    visit(broker)
    return broker
  })
  Reflect.set(cluster, 'disconnect', async () => {
    await disconnect.call(cluster)
    const brokers = [...known].flatMap((each) => each.deref() ?? [])
    await Promise.all(brokers.map(disconnectBroker))
  })
}

function remember(known: Set<WeakRef<object>>, broker: object): void {
  for (const each of known) {
    const other = each.deref()
    if (other === broker) return
    if (other === undefined) known.delete(each)
  }
  known.add(new WeakRef(broker))
}

async function disconnectBroker(broker: object): Promise<void> {
  const disconnect: unknown = Reflect.get(broker, 'disconnect')
  if (typeof disconnect === 'function') await disconnect.call(broker)
}
