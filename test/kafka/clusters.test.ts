import { expect, it } from '@jest/globals'
import kafkajs from 'kafkajs'
import { onBroker } from '../../adapters/kafka/clusters.ts'
import { describeWith } from '../dev/available.ts'
import { theServer } from './server.ts'

/** What this test uses of kafkajs' own broker. */
interface NativeBroker {
  readonly connectionPool: { readonly host: string; readonly port: number }
  isConnected(): boolean
  metadata(topics: readonly string[]): Promise<unknown>
}

/** What this test uses of kafkajs' own cluster; only `findBroker` is public. */
interface NativeCluster {
  connect(): Promise<void>
  disconnect(): Promise<void>
  refreshMetadata(): Promise<void>
  removeBroker(address: { host: string; port: number }): void
  findControllerBroker(): Promise<NativeBroker>
}

function isNative(cluster: unknown): cluster is NativeCluster {
  return typeof cluster === 'object' && cluster !== null && 'removeBroker' in cluster
}

function clusterOf(kafka: kafkajs.Kafka): NativeCluster {
  const symbol = Object.getOwnPropertySymbols(kafka).find((each) =>
    each.description?.endsWith('createCluster'),
  )
  const create: unknown = symbol === undefined ? undefined : Reflect.get(kafka, symbol)
  const cluster: unknown = typeof create === 'function' ? create({}) : undefined
  if (!isNative(cluster)) throw new Error('kafkajs makes its clusters otherwise')
  return cluster
}

await describeWith('kafka', 'the connections of a client', () => {
  it('all end with it, also one that kafkajs forgot when the broker was away for a moment', async () => {
    const { address } = await theServer()
    const kafka = new kafkajs.Kafka({ brokers: [address], logLevel: kafkajs.logLevel.NOTHING })
    const visited: object[] = []
    const cluster = clusterOf(onBroker(kafka, (broker) => visited.push(broker)))
    await cluster.connect()
    await cluster.refreshMetadata()
    const forgotten = await cluster.findControllerBroker()
    cluster.removeBroker(forgotten.connectionPool)
    await cluster.connect()
    await cluster.refreshMetadata()
    const found = await cluster.findControllerBroker()
    expect(found).not.toBe(forgotten)
    expect(visited).toEqual(expect.arrayContaining([forgotten, found]))
    // As a member does that still knows its coordinator by it.
    await forgotten.metadata([])
    expect(forgotten.isConnected()).toBe(true)

    await cluster.disconnect()
    expect(found.isConnected()).toBe(false)
    expect(forgotten.isConnected()).toBe(false)
  }, 60_000)
})
