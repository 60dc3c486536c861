import { paired, pairResult, type Sample } from './brokers/paired.ts'
import { type Bundles, buildBundles, bundledHosts, importMs, sizeOf } from './hosts/bundles.ts'
import { lambdaSides } from './hosts/lambda.ts'
import { startServers } from './hosts/push.ts'
import { median, type Result, result } from './measure.ts'

export async function* hostsBench(): AsyncGenerator<Result> {
  for (const [bytes, passes] of [
    [200, 12],
    [10_240, 3],
  ] as const)
    yield* lambda(bytes, passes)
  using bundles = await buildBundles()
  yield* coldStart(bundles)
  using servers = await startServers(bundles.files.http)
  const { ours, framework } = await paired(servers.sides)
  yield pairResult(
    'hosts',
    'http, wrapped push, 200 B, 16 connections, against Functions Framework by hand',
    ours,
    framework,
  )
}

/** What a host adds to an empty function: time to import it, and bytes. */
async function* coldStart({ files }: Bundles): AsyncGenerator<Result> {
  const names = ['empty', ...bundledHosts] as const
  const ms: Record<string, number[]> = {}
  for (let round = 0; round < 11; round++)
    for (const name of round % 2 === 0 ? names : [...names].reverse()) {
      const took = await importMs(files[name])
      // The first reads the files from the disk.
      if (round === 0) ms[name] = []
      else ms[name]?.push(took)
    }
  for (const host of bundledHosts) {
    yield result(
      'hosts',
      `${host}, import of the bundle, against an empty function`,
      ms[host],
      ms.empty,
      'ms',
    )
    yield result(
      'hosts',
      `${host}, size of the bundle, against an empty function`,
      [sizeOf(files[host])],
      [sizeOf(files.empty)],
      'bytes',
    )
  }
}

async function* lambda(bytes: number, passes: number): AsyncGenerator<Result> {
  const measured = await paired(lambdaSides(bytes, passes), 5)
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
