import type { Cluster } from 'kafkajs'
import { changeRequest } from './requests.ts'

/** Key of the JoinGroup request (Kafka protocol guide, "Api Keys"). */
const joinGroup = 11

/**
 * Gives a consumer a `group.instance.id` (KIP-345), which kafkajs can write but has no option for: the group keeps its
 * partitions for it while it restarts, as long as its session lasts. It does not leave the group when it stops.
 */
export function nameInstance(cluster: Cluster, instanceId: string): void {
  const { findGroupCoordinator } = cluster
  cluster.findGroupCoordinator = async (group) => {
    const coordinator = await findGroupCoordinator.call(cluster, group)
    Reflect.set(coordinator, 'leaveGroup', async () => {})
    changeRequest(coordinator, joinGroup, (create, asked) =>
      create({ ...asked, groupInstanceId: instanceId }),
    )
    return coordinator
  }
}

/** One name for each source of an application: members of one group must differ. At most 249 legal characters. */
export function instanceOf(instanceId: string, topic: string): string {
  return `${instanceId}-${topic.replace(/[^a-zA-Z0-9._-]/g, '_')}`.slice(0, 249)
}
