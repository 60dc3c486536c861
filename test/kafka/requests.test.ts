import { describe, expect, it } from '@jest/globals'
import kafkajs from 'kafkajs'
import { type Change, changeRequest, changeRequests } from '../../adapters/kafka/requests.ts'

/** A broker as kafkajs has it, which makes of what is asked what it was asked for. */
function brokerOf() {
  return { lookupRequest: (key: number) => (asked: object) => ({ key, asked }) }
}

function made(broker: ReturnType<typeof brokerOf>, key: number): unknown {
  return broker.lookupRequest(key)({ topic: 't' })
}

const marked: Change = (create, asked) => ({ ...create(asked), marked: true })

describe('changing requests', () => {
  it('changes one kind and leaves the others', () => {
    const broker = brokerOf()
    changeRequest(broker, 1, marked)
    expect(made(broker, 1)).toEqual({ key: 1, asked: { topic: 't' }, marked: true })
    expect(made(broker, 2)).toEqual({ key: 2, asked: { topic: 't' } })
  })

  it('changes a connection once, however often it is asked for, and several kinds of it', () => {
    const broker = brokerOf()
    changeRequest(broker, 1, marked)
    const { lookupRequest } = broker
    changeRequest(broker, 11, (create, asked) => create({ ...asked, more: 1 }))
    changeRequest(broker, 1, marked)
    expect(broker.lookupRequest).toBe(lookupRequest)
    expect(made(broker, 1)).toEqual({ key: 1, asked: { topic: 't' }, marked: true })
    expect(made(broker, 11)).toEqual({ key: 11, asked: { topic: 't', more: 1 } })
  })

  it('changes the next connection too, which comes with a lookup of its own', () => {
    const broker = brokerOf()
    changeRequest(broker, 1, marked)
    broker.lookupRequest = brokerOf().lookupRequest
    changeRequest(broker, 1, marked)
    expect(made(broker, 1)).toEqual({ key: 1, asked: { topic: 't' }, marked: true })
  })

  it('finds its place in the kafkajs that is installed', async () => {
    const kafka = new kafkajs.Kafka({ brokers: ['127.0.0.1:1'], logLevel: kafkajs.logLevel.NOTHING })
    expect(changeRequests(kafka, new Map([[1, marked]]))).toBe(kafka)
    const broker = brokerOf()
    const cluster = clusterOf(kafka)
    Reflect.set(memberOf(cluster, 'brokerPool'), 'findBroker', async () => broker)
    const find: unknown = Reflect.get(cluster, 'findBroker')
    if (typeof find !== 'function') throw new Error('a cluster finds its brokers otherwise')
    expect(await find.call(cluster, { nodeId: '0' })).toBe(broker)
    expect(made(broker, 1)).toEqual({ key: 1, asked: { topic: 't' }, marked: true })
  })

  it('leaves an instance of another layout as it is', () => {
    const kafka = new kafkajs.Kafka({ brokers: ['127.0.0.1:1'], logLevel: kafkajs.logLevel.NOTHING })
    for (const symbol of Object.getOwnPropertySymbols(kafka)) Reflect.deleteProperty(kafka, symbol)
    expect(changeRequests(kafka, new Map([[1, marked]]))).toBe(kafka)
    expect(Object.getOwnPropertySymbols(kafka)).toEqual([])
  })
})

function clusterOf(kafka: kafkajs.Kafka): object {
  const symbol = Object.getOwnPropertySymbols(kafka).find((each) =>
    each.description?.endsWith('createCluster'),
  )
  const create: unknown = symbol === undefined ? undefined : Reflect.get(kafka, symbol)
  if (typeof create !== 'function') throw new Error('kafkajs makes its clusters otherwise')
  return create({})
}

function memberOf(holder: object, name: string): object {
  const found: unknown = Reflect.get(holder, name)
  if (typeof found !== 'object' || found === null) throw new Error(`a cluster has no ${name}`)
  return found
}
