import type { Source } from '../core/driver.ts'
import type { Requests } from './api.ts'
import { snapshotPath, subscriptionPath } from './names.ts'
import { isStatus, problem, problemOf } from './problem.ts'

/** https://cloud.google.com/pubsub/docs/replay-overview: what a subscription has not acknowledged, and all that comes later. */
export async function createSnapshot(api: Requests, { topic, group }: Source, name: string): Promise<void> {
  const path = snapshotPath(api.project, name)
  await api.createSnapshot(path, subscriptionPath(api.project, topic, group)).catch((error: unknown) => {
    if (isStatus(error, 'alreadyExists'))
      throw problem('ERR_CONFIG', `there is a snapshot "${name}" already: name it otherwise`, error)
    throw problemOf(error, {
      what: `making snapshot "${name}" of group "${group}"`,
      permission: 'pubsub.snapshots.create',
      address: api.address,
      missing: 'read the group first, or create its subscription with ensure',
    })
  })
}

export async function replaySnapshot(api: Requests, { topic, group }: Source, name: string): Promise<void> {
  const snapshot = snapshotPath(api.project, name)
  await api.seek(subscriptionPath(api.project, topic, group), { snapshot }).catch((error: unknown) => {
    throw problemOf(error, {
      what: `moving group "${group}" to snapshot "${name}"`,
      permission: 'pubsub.snapshots.seek',
      address: api.address,
      missing: 'see the names of the group and the snapshot',
    })
  })
}
