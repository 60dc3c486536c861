import { paired, pairResult, type Sample } from './brokers/paired.ts'
import { lambdaSides } from './hosts/lambda.ts'
import { median, type Result } from './measure.ts'

export async function* hostsBench(): AsyncGenerator<Result> {
  for (const [bytes, passes] of [
    [200, 4],
    [10_240, 1],
  ] as const)
    yield* lambda(bytes, passes)
}

async function* lambda(bytes: number, passes: number): AsyncGenerator<Result> {
  const measured = await paired(lambdaSides(bytes, passes))
  const size = bytes < 1_024 ? `${bytes} B` : `${bytes / 1_024} KB`
  const line = (name: string, reference: readonly Sample[]) =>
    pairResult(
      'hosts',
      `lambda-kinesis, 500 records, ${size}, data read, against ${name}`,
      measured.ours,
      reference,
    )
  yield line('a loop by hand', measured.hand)
  yield line('Powertools, in parallel', measured.powertools)
  yield line('Powertools, one by one', measured.powertoolsSerial)
  yield line('Middy', measured.middy)
  yield beside(
    `lambda-kinesis, 500 records, ${size}, a record, against a loop with the same codec`,
    measured.oursUnread,
    measured.handUnread,
  )
}

/** Microseconds of CPU a record: the difference is what the host costs beside the codec. */
function beside(name: string, ours: readonly Sample[], reference: readonly Sample[]): Result {
  const us = (samples: readonly Sample[]) => Number(median(samples.map(({ cpu }) => cpu)).toFixed(3))
  const ratio = median(ours.map(({ cpu }, round) => cpu / (reference[round]?.cpu ?? Number.NaN)))
  return {
    bench: 'hosts',
    case: name,
    ours: us(ours),
    reference: us(reference),
    ratio: Number(ratio.toFixed(3)),
    unit: 'µs',
  }
}
