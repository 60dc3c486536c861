import { messageOf } from '../../adapters/core/errors.ts'
import { appliesTo, type Case } from './case.ts'
import { cases as every } from './cases/index.ts'
import { ConformanceError } from './check.ts'
import { deadlineOf, type Harness } from './harness.ts'
import { openTrial } from './trial.ts'

/** What became of one case. */
export interface Result {
  /** Name of the harness. */
  readonly broker: string
  readonly case: string
  readonly result: 'passed' | 'failed' | 'skipped'
  /** Why it failed or does not apply; empty where it passed. */
  readonly reason: string
  readonly ms: number
}

export interface RunOptions {
  /** Default: every case. */
  readonly cases?: readonly Case[] | undefined
  /** Runs these cases alone. */
  readonly only?: ((each: Case) => boolean) | undefined
  /** Called after each case. */
  readonly onResult?: ((result: Result) => void) | undefined
}

/** A case may wait several times, so it has several deadlines. */
const deadlines = 5

/** Runs the suite against one broker, case after case. Never rejects: what goes wrong is a failed case. */
export async function runCases(harness: Harness, options: RunOptions = {}): Promise<readonly Result[]> {
  const { cases = every, only = () => true, onResult } = options
  const results: Result[] = []
  for (const each of cases.filter(only)) {
    const result = await runCase(harness, each)
    results.push(result)
    onResult?.(result)
  }
  return results
}

/** Runs one case with brokers of its own, which are closed afterwards. */
export async function runCase(harness: Harness, each: Case): Promise<Result> {
  const begun = performance.now()
  const verdict = await judge(harness, each)
  return { broker: harness.name, case: each.name, ...verdict, ms: Math.round(performance.now() - begun) }
}

async function judge(harness: Harness, each: Case): Promise<Pick<Result, 'result' | 'reason'>> {
  try {
    const { trial, end } = await openTrial(harness)
    let failure: { readonly error: unknown } | undefined
    const answer = appliesTo(each, trial.capabilities, harness)
    if (answer === true) {
      await limited(each.run(trial), deadlines * deadlineOf(harness)).catch((error: unknown) => {
        failure = { error }
      })
    }
    await end().catch((error: unknown) => {
      failure ??= { error }
    })
    if (failure !== undefined) return { result: 'failed', reason: messageOf(failure.error) }
    return answer === true ? { result: 'passed', reason: '' } : { result: 'skipped', reason: answer }
  } catch (error) {
    return { result: 'failed', reason: messageOf(error) }
  }
}

function limited(work: Promise<void>, ms: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new ConformanceError(`the case took longer than ${ms} ms`)), ms)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
