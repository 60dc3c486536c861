import { problem } from './problem.ts'

type Fields = Readonly<Record<string, unknown>>

/** A `PutRecords` of which some records are kept back. */
export interface Partial {
  /** What goes to the server; `undefined` where nothing is left. */
  readonly forwarded: string | undefined
  /** The answer for all records, from the answer for those that were forwarded. */
  answerOf(text: string | undefined): string
}

/** Keeps back the records that `isHit`; throws where the body is no `PutRecords` in JSON. */
export function partialOf(body: string, code: string, isHit: () => boolean): Partial {
  const request = fieldsOf(body)
  const entries = recordsOf(request)
  const hit = entries.map(isHit)
  const kept = entries.filter((_, index) => hit[index] !== true)
  return {
    forwarded: kept.length === 0 ? undefined : JSON.stringify({ ...request, Records: kept }),
    answerOf(text) {
      const answer = text === undefined ? {} : fieldsOf(text)
      const results = [...(text === undefined ? [] : recordsOf(answer))]
      const failure = { ErrorCode: code, ErrorMessage: `${code}, injected` }
      const records = hit.map((isFailed) => (isFailed ? failure : results.shift()))
      const failed = records.filter((result) => isFields(result) && Boolean(result.ErrorCode))
      return JSON.stringify({ ...answer, FailedRecordCount: failed.length, Records: records })
    },
  }
}

function fieldsOf(text: string): Fields {
  const value: unknown = JSON.parse(text)
  if (!isFields(value)) throw problem('ERR_UNSUPPORTED', 'PutRecords is no JSON object')
  return value
}

function recordsOf({ Records }: Fields): readonly unknown[] {
  if (!Array.isArray(Records)) throw problem('ERR_UNSUPPORTED', 'PutRecords has no Records')
  return Records
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null
}
