import type { Assigner, Cluster, GroupMember, PartitionAssigner } from 'kafkajs'
import { isRecord } from '../core/is-record.ts'
import type { KafkaModule } from './client.ts'

/** Partitions by topic. */
export type Assignment = Readonly<Record<string, readonly number[]>>

/** What a member tells the one that assigns. */
export interface Claim {
  /** Partitions that it reads now, and would keep. */
  readonly owns: Assignment
  /** Topics of which it must have every partition: nobody else then reads them, and it may move the group. */
  readonly takes?: readonly string[] | undefined
}

interface Member {
  readonly id: string
  readonly topics: readonly string[]
  readonly claim: Claim
  load: number
}

/**
 * Shares each topic among the members that subscribe to it, evenly; members keep what they have as far as that is even.
 * The assigner of kafkajs shares the topics of the member that assigns among all, so that members of the group that read
 * another topic get nothing; it also moves most partitions whenever somebody joins.
 *
 * It has the name of that assigner, so that consumers of plain kafkajs can be in the group.
 */
export function laneAssigner(
  { AssignerProtocol }: KafkaModule,
  claim: () => Claim,
  onCluster: (cluster: Cluster) => void = () => {},
): PartitionAssigner {
  const { MemberMetadata, MemberAssignment } = AssignerProtocol
  const name = 'RoundRobinAssigner'
  return ({ cluster }): Assigner => {
    onCluster(cluster)
    return { name, version: 0, protocol, assign: ({ members }) => assign(cluster, members) }
  }

  function protocol({ topics }: { readonly topics: string[] }) {
    const userData = Buffer.from(JSON.stringify(claim()))
    return { name, metadata: MemberMetadata.encode({ version: 0, topics, userData }) }
  }

  async function assign(cluster: Cluster, members: readonly GroupMember[]) {
    const known = members.map((each) => memberOf(each, MemberMetadata)).sort(byId)
    const shares = new Map<string, Record<string, number[]>>(known.map(({ id }) => [id, {}]))
    for (const topic of topicsOf(known)) {
      const partitions = await partitionsOf(cluster, topic)
      const subscribers = known.filter(({ topics }) => topics.includes(topic))
      for (const [id, given] of share(topic, partitions, subscribers)) {
        const assignment = shares.get(id)
        if (assignment !== undefined) assignment[topic] = given
      }
    }
    return [...shares].map(([memberId, assignment]) => ({
      memberId,
      memberAssignment: MemberAssignment.encode({ version: 0, assignment, userData: Buffer.alloc(0) }),
    }))
  }
}

/** Partitions of one topic by member. */
export function share(
  topic: string,
  partitions: readonly number[],
  subscribers: readonly Member[],
): ReadonlyMap<string, number[]> {
  const given = new Map<string, number[]>()
  const taker = subscribers.find(({ claim }) => claim.takes?.includes(topic))
  if (taker !== undefined) return given.set(taker.id, [...partitions])
  const owned = new Map(subscribers.map((member) => [member.id, member.claim.owns[topic] ?? []]))
  const count = ({ id }: Member) => owned.get(id)?.length ?? 0
  // Who has more, or does less elsewhere, gets what does not come out even.
  const order = [...subscribers].sort((a, b) => count(b) - count(a) || a.load - b.load || byId(a, b))
  const free = new Set(partitions)
  const quotas = order.map((member, i) => {
    const quota = Math.floor((partitions.length + order.length - 1 - i) / order.length)
    const kept = (owned.get(member.id) ?? []).filter((partition) => free.has(partition)).slice(0, quota)
    for (const partition of kept) free.delete(partition)
    return { member, quota, kept }
  })
  const rest = [...free].sort((a, b) => a - b)
  for (const { member, quota, kept } of quotas) {
    const all = [...kept, ...rest.splice(0, quota - kept.length)].sort((a, b) => a - b)
    member.load += all.length
    if (all.length > 0) given.set(member.id, all)
  }
  return given
}

async function partitionsOf(cluster: Cluster, topic: string): Promise<readonly number[]> {
  try {
    await cluster.addTargetTopic(topic)
  } catch {
    // A topic of another member that is gone: there is nothing of it to share.
    return []
  }
  return cluster
    .findTopicPartitionMetadata(topic)
    .map(({ partitionId }) => partitionId)
    .sort((a, b) => a - b)
}

function memberOf(
  { memberId, memberMetadata }: GroupMember,
  { decode }: KafkaModule['AssignerProtocol']['MemberMetadata'],
): Member {
  const metadata = decode(memberMetadata)
  return { id: memberId, topics: metadata?.topics ?? [], claim: claimOf(metadata?.userData), load: 0 }
}

/** Other clients have other user data, or none. */
function claimOf(userData: Buffer | null | undefined): Claim {
  try {
    const claim: unknown = JSON.parse(String(userData))
    if (!isRecord(claim)) return { owns: {} }
    const owns: Record<string, number[]> = {}
    for (const [topic, partitions] of Object.entries(isRecord(claim.owns) ? claim.owns : {}))
      if (Array.isArray(partitions)) owns[topic] = partitions.filter((each) => Number.isInteger(each))
    const takes = Array.isArray(claim.takes) ? claim.takes.filter((each) => typeof each === 'string') : []
    return { owns, takes }
  } catch {
    return { owns: {} }
  }
}

function topicsOf(members: readonly Member[]): readonly string[] {
  return [...new Set(members.flatMap(({ topics }) => topics))].sort()
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
}
