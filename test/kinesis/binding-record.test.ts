import { describe, expect, it } from '@jest/globals'
import {
  binding,
  messagesOfLambdaRecord,
  messagesOfRecord,
  sequenceNumberOf,
} from '../../adapters/kinesis/binding.ts'
import { bytesOf, envelope, thrownBy } from '../core/events.ts'
import { aggregated, bytes, sealed } from './aggregation-encoder.ts'

const sequenceNumber = '49590338271490256608559692538361571095921575989136588898'
const shardId = 'shardId-000000000006'
const time = 1545084650987

function sdkRecord(data: Uint8Array) {
  return {
    Data: data,
    PartitionKey: 'k',
    SequenceNumber: sequenceNumber,
    ApproximateArrivalTimestamp: new Date(time),
  }
}

function lambdaRecord(data: string) {
  return {
    eventID: `${shardId}:${sequenceNumber}`,
    kinesis: { data, partitionKey: 'k', sequenceNumber, approximateArrivalTimestamp: 1545084650.987 },
  }
}

function base64Of(data: Uint8Array): string {
  return Buffer.from(data).toString('base64')
}

const packed = aggregated([
  { data: bytesOf(envelope('"data":1')), partitionKey: 'a' },
  { data: bytesOf('Hello'), partitionKey: 'b', explicitHashKey: '7' },
])

describe('the messages of a Kinesis record', () => {
  it('are one for plain data', () => {
    const data = bytesOf('Hello')
    expect(messagesOfRecord(sdkRecord(data), 'orders', shardId)).toEqual([
      {
        message: { body: data, headers: {}, key: 'k' },
        origin: { topic: 'orders', lane: shardId, position: sequenceNumber, time },
      },
    ])
  })

  it('are those that an aggregated record holds, each with its own key and place', () => {
    const messages = messagesOfRecord(sdkRecord(packed), 'orders', shardId)
    expect(messages.map(({ message, origin }) => [message.key, origin.position])).toEqual([
      ['a', `${sequenceNumber}#0`],
      ['b', `${sequenceNumber}#1`],
    ])
    const [first, second] = messages.map(({ message, origin }) => binding.decode(message, origin))
    expect(first).toMatchObject({ id: '1', data: 1 })
    expect(second).toMatchObject({
      id: `${shardId}:${sequenceNumber}#1`,
      subject: 'b',
      time: '2018-12-17T22:10:50.987Z',
      data: bytesOf('Hello'),
    })
  })

  it('are none where an aggregated record is empty', () => {
    const empty = sealed(bytes(1, 'a'))
    expect(messagesOfRecord(sdkRecord(empty), 'orders', shardId)).toEqual([])
  })

  it('are the same from Lambda as from the client, so that both give the same event', () => {
    const event = envelope('"data":{"n":9007199254740993}')
    const texts = ['Hello', '', 'Köln', event, ` \n${event}`, envelope('"data":"Köln"'), '{"specversion":']
    for (const data of [...texts.map((text) => bytesOf(text)), new Uint8Array([0xf3, 0x89, 0x9a]), packed]) {
      const fromClient = messagesOfRecord(sdkRecord(data), 'orders', shardId)
      const fromLambda = messagesOfLambdaRecord(lambdaRecord(base64Of(data)), 'orders')
      expect(fromLambda.map(({ origin }) => origin)).toEqual(fromClient.map(({ origin }) => origin))
      const events = [fromClient, fromLambda].map((messages) =>
        messages.map(({ message, origin }) => ({ ...binding.decode(message, origin) })),
      )
      expect(events[0]).toEqual(events[1])
    }
  })

  it('have the id that Lambda calls eventID', () => {
    const record = lambdaRecord(base64Of(bytesOf('Hello')))
    const [only] = messagesOfLambdaRecord(record, 'orders')
    if (only === undefined) throw new Error('no message')
    expect(binding.decode(only.message, only.origin).id).toBe(record.eventID)
  })

  it('are refused where Lambda gave no base64', () => {
    expect(thrownBy(() => messagesOfLambdaRecord(lambdaRecord('%'), 'orders'))).toMatchObject({
      code: 'ERR_DECODE',
      message: expect.stringContaining(sequenceNumber),
    })
  })

  it.each([`[${envelope()}]`, ` [ ${envelope()} ]`])('are refused where they are a batch: %s', (batch) => {
    const [only] = messagesOfLambdaRecord(lambdaRecord(base64Of(bytesOf(batch))), 'orders')
    if (only === undefined) throw new Error('no message')
    expect(thrownBy(() => binding.decode(only.message, only.origin))).toMatchObject({
      code: 'ERR_DECODE',
      message: expect.stringContaining('not a batch'),
    })
  })

  it('may lack what the types of the client allow to be absent', () => {
    const absent = { Data: undefined, PartitionKey: undefined, SequenceNumber: undefined }
    expect(messagesOfRecord(absent, 'orders', shardId)).toEqual([
      {
        message: { body: new Uint8Array(), headers: {}, key: undefined },
        origin: { topic: 'orders', lane: shardId, position: undefined, time: undefined },
      },
    ])
    const [nested] = messagesOfRecord({ ...absent, Data: packed }, 'orders', shardId)
    expect(nested?.origin.position).toBeUndefined()
  })

  it('have positions that name the record', () => {
    expect(sequenceNumberOf(sequenceNumber)).toBe(sequenceNumber)
    expect(sequenceNumberOf(`${sequenceNumber}#12`)).toBe(sequenceNumber)
  })
})
