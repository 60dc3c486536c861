import { toBase64, toBytes } from '../../adapters/core/message.ts'
import type { HostedFunction } from '../../functions/hosts/hosted.ts'
import { httpFunction } from '../../functions/hosts/http.ts'
import { lambdaKafka } from '../../functions/hosts/lambda-kafka.ts'
import { lambdaKinesis } from '../../functions/hosts/lambda-kinesis.ts'
import {
  kafkaRecords,
  kinesisEvent,
  runKafkaMapping,
  runKinesisMapping,
  wrappedPush,
} from '../platform/index.ts'
import { failuresIn } from '../platform/mapping.ts'
import { type Course, eventOf, nameInBase64, names, play, policy, unreadable } from './scenario.ts'

/** With a dead letter of its own, or with that of the platform alone. */
export type DeadLetters = 'own' | "the platform's"

/** As the stacks compile `maxAttempts: 3`. */
const mapping = { maximumRetryAttempts: 2, bisectBatchOnFunctionError: true }
const maxDeliveryAttempts = 3

type Play = ReturnType<typeof play>

function functionOf({ handler, sink, observe }: Play, deadLetters: DeadLetters): HostedFunction {
  const broker = async () => sink
  return {
    name: 'parity',
    handler,
    policy,
    observe,
    sink: { topic: 'results', broker },
    ...(deadLetters === 'own' ? { deadLetter: { topic: 'dead', broker } } : {}),
  }
}

async function lambdaBehindKinesis(playing: Play, deadLetters: DeadLetters): Promise<void> {
  const { Records: records } = kinesisEvent(
    names.map((name) => (name === 'unreadable' ? { key: 'k', data: unreadable() } : eventOf(name))),
  )
  const respond = lambdaKinesis(functionOf(playing, deadLetters))
  const invoke: typeof respond = async (event, context) => {
    const answer = await respond(event, context)
    const failed = failuresIn(answer) ?? []
    for (const { kinesis } of event.Records) {
      if (failed.includes(kinesis.sequenceNumber)) break
      playing.acknowledge(nameInBase64(kinesis.data))
    }
    return answer
  }
  const { discarded } = await runKinesisMapping(records, invoke, mapping)
  for (const { records: given } of discarded)
    playing.course.discarded.push(...given.map(({ kinesis }) => nameInBase64(kinesis.data)))
}

async function lambdaBehindKafka(playing: Play, deadLetters: DeadLetters): Promise<void> {
  const records = kafkaRecords(names.map(eventOf)).map((record, index) =>
    names[index] === 'unreadable'
      ? {
          ...record,
          value: toBase64(unreadable()),
          headers: [{ 'content-type': [...toBytes('application/cloudevents+json')] }],
        }
      : record,
  )
  const respond = lambdaKafka(functionOf(playing, deadLetters))
  const invoke: typeof respond = async (event, context) => {
    const answer = await respond(event, context)
    const failed = JSON.stringify(failuresIn(answer))
    for (const { topic, partition, offset, value } of Object.values(event.records).flat())
      if (!failed.includes(JSON.stringify({ partition: `${topic}-${partition}`, offset })))
        playing.acknowledge(nameInBase64(value ?? ''))
    return answer
  }
  const { discarded } = await runKafkaMapping(records, invoke, mapping)
  for (const { records: given } of discarded)
    playing.course.discarded.push(...given.map(({ value }) => nameInBase64(value ?? '')))
}

/** An ordered push subscription with a dead-letter policy: one message of the key at a time. */
async function pushed(playing: Play, deadLetters: DeadLetters): Promise<void> {
  const respond = httpFunction(functionOf(playing, deadLetters))
  for (const name of names) {
    for (let deliveryAttempt = 1; ; deliveryAttempt++) {
      const { status } = await respond(requestOf(name, deliveryAttempt))
      if (status === 204) {
        playing.acknowledge(name)
        break
      }
      if (deliveryAttempt < maxDeliveryAttempts) continue
      playing.course.discarded.push(name)
      break
    }
  }
}

function requestOf(name: (typeof names)[number], deliveryAttempt: number): Request {
  if (name !== 'unreadable') return wrappedPush(eventOf(name), { deliveryAttempt })
  const message = {
    data: toBase64(unreadable()),
    attributes: { 'content-type': 'application/cloudevents+json' },
    messageId: '1',
  }
  return new Request('http://localhost/', {
    method: 'POST',
    body: JSON.stringify({ message, deliveryAttempt }),
  })
}

const platforms = { 'lambda-kinesis': lambdaBehindKinesis, 'lambda-kafka': lambdaBehindKafka, http: pushed }

export type Platform = keyof typeof platforms
export const platformNames: readonly Platform[] = ['lambda-kinesis', 'lambda-kafka', 'http']

/** The scenario through a host, called as its platform calls it. */
export async function onPlatform(platform: Platform, deadLetters: DeadLetters): Promise<Course> {
  const playing = play()
  await platforms[platform](playing, deadLetters)
  await playing.close()
  return playing.course
}
