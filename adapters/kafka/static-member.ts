import type { Cluster } from 'kafkajs'

/** Key of the JoinGroup request (Kafka protocol guide, "Api Keys"). */
const joinGroup = 11

/**
 * Gives a consumer a `group.instance.id` (KIP-345), which kafkajs can write but has no option for: the group keeps its
 * partitions for it while it restarts, as long as its session lasts. It does not leave the group when it stops.
 */
export function nameInstance(cluster: Cluster, instanceId: string): void {
  const { findGroupCoordinator } = cluster
  const named = new WeakSet<object>()
  cluster.findGroupCoordinator = async (group) => {
    const coordinator = await findGroupCoordinator.call(cluster, group)
    Reflect.set(coordinator, 'leaveGroup', async () => {})
    // A new one for each connection.
    const lookup: unknown = Reflect.get(coordinator, 'lookupRequest')
    if (typeof lookup !== 'function' || named.has(lookup)) return coordinator
    const naming = (key: number, definitions: unknown) => {
      const create: unknown = lookup.call(coordinator, key, definitions)
      if (key !== joinGroup || typeof create !== 'function') return create
      return (request: object) => create({ ...request, groupInstanceId: instanceId })
    }
    named.add(naming)
    Reflect.set(coordinator, 'lookupRequest', naming)
    return coordinator
  }
}

/** One name for each source of an application: members of one group must differ. At most 249 legal characters. */
export function instanceOf(instanceId: string, topic: string): string {
  return `${instanceId}-${topic.replace(/[^a-zA-Z0-9._-]/g, '_')}`.slice(0, 249)
}
