import type {
  Kinesis,
  PutRecordsInput,
  PutRecordsOutput,
  PutRecordsRequestEntry,
} from '@aws-sdk/client-kinesis'
import { isRecord } from '../core/is-record.ts'
import { toBase64, toBytes } from '../core/message.ts'

/** Sends records in one `PutRecords`; `stream` is its name or its ARN. */
export type PutRecords = (
  stream: { readonly StreamName: string } | { readonly StreamARN: string },
  records: readonly PutRecordsRequestEntry[],
  options: { readonly abortSignal?: AbortSignal },
) => Promise<PutRecordsOutput>

const json = 'application/x-amz-json-1.1'

/**
 * `PutRecords` whose body is written here (Kinesis API reference, AWS JSON 1.1 protocol): the SDK writes base64 character by
 * character, which takes as long as all the rest. What it writes is replaced before it is signed, and only once its first
 * request has shown that it speaks that protocol.
 */
export function putRecordsOf(kinesis: Kinesis): PutRecords {
  const bodies = new WeakMap<object, Uint8Array>()
  let speaksJson = false
  kinesis.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        const { request, input } = args
        if (commandName !== 'PutRecordsCommand' || !isRecord(request) || !isRecord(request.headers))
          return next(args)
        speaksJson = request.headers['content-type'] === json
        const body = bodies.get(input)
        if (body === undefined) return next(args)
        const headers = { ...request.headers, 'content-length': String(body.length) }
        Object.assign(request, { body, headers })
        return next(args)
      },
    { step: 'build', priority: 'high', name: 'waybillPutRecords' },
  )
  return (stream, records, options) => {
    if (!speaksJson) return kinesis.putRecords({ ...stream, Records: [...records] }, options)
    const input: PutRecordsInput = { ...stream, Records: [] }
    bodies.set(input, bodyOf(stream, records))
    return kinesis.putRecords(input, options)
  }
}

function bodyOf(stream: object, records: readonly PutRecordsRequestEntry[]): Uint8Array {
  const start = JSON.stringify(stream).slice(0, -1)
  const entries = records.map(
    ({ Data = new Uint8Array(), PartitionKey }) =>
      `{"Data":"${toBase64(Data)}","PartitionKey":${JSON.stringify(PartitionKey)}}`,
  )
  return toBytes(`${start},"Records":[${entries.join(',')}]}`)
}
