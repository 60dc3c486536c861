import { isRecord } from '../core/is-record.ts'
import type { SentRecord } from './message.ts'
import type { Change } from './requests.ts'

/** Offset of the first record of each batch that a broker said it stored, by that record. */
const offsets = new WeakMap<SentRecord, string>()

/** Where a broker stored the batch that begins with this record; `undefined` where none said that it did. */
export function storedAt(first: SentRecord): string | undefined {
  return offsets.get(first)
}

/** What a Produce request asks for, as kafkajs has it; the partition is a key of an object there. */
interface Asked {
  readonly topicData: readonly {
    readonly topic: string
    readonly partitions: readonly {
      readonly partition: number | string
      readonly messages: readonly SentRecord[]
    }[]
  }[]
}

/** What a broker answers, once decoded. */
interface Answer {
  readonly topics: readonly {
    readonly topicName: string
    readonly partitions: readonly {
      readonly partition: number
      readonly errorCode: number
      readonly baseOffset: string
    }[]
  }[]
}

/**
 * Notes which partitions of a request were stored. A send of kafkajs that fails names one partition and is silent on the
 * others, so that all of them would be sent again. Only for producers that are given a `SentRecord` for each record.
 */
export const noteStored: Change = (create, asked) => {
  const created = create(asked)
  const response: unknown = Reflect.get(created, 'response')
  if (!isRecord(response) || !isAsked(asked)) return created
  const { parse } = response
  if (typeof parse !== 'function') return created
  const noting = (answer: unknown): unknown => {
    if (isAnswer(answer)) note(asked, answer)
    return parse(answer)
  }
  return { ...created, response: { ...response, parse: noting } }
}

function note({ topicData }: Asked, { topics }: Answer): void {
  for (const { topicName, partitions } of topics) {
    const sent = topicData.find(({ topic }) => topic === topicName)?.partitions
    for (const { partition, errorCode, baseOffset } of partitions) {
      const first = sent?.find((each) => Number(each.partition) === partition)?.messages[0]
      if (errorCode === 0 && first !== undefined) offsets.set(first, baseOffset)
    }
  }
}

function isAsked(asked: object): asked is Asked {
  return 'topicData' in asked && Array.isArray(asked.topicData)
}

function isAnswer(answer: unknown): answer is Answer {
  return isRecord(answer) && Array.isArray(answer.topics)
}
