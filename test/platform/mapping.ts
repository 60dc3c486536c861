import { lambdaContext } from './context.ts'

/** What an event source mapping is set to; the names are those of Lambda's API. */
export interface MappingOptions {
  /** Records of one invocation at most. Default 100. */
  readonly batchSize?: number | undefined
  /** How often a batch is tried again; -1 is for ever. Default -1. */
  readonly maximumRetryAttempts?: number | undefined
  /** Age at which a record is given up, in seconds; -1 is never. Default -1. */
  readonly maximumRecordAgeInSeconds?: number | undefined
  /** A batch that failed is split. Default false. */
  readonly bisectBatchOnFunctionError?: boolean | undefined
  /** The function's answer says what failed (`FunctionResponseTypes`). Default true; the service's is false. */
  readonly reportBatchItemFailures?: boolean | undefined
  /** The function's time limit, in milliseconds. Default 30 000. */
  readonly timeoutMs?: number | undefined
  /** Invocations after which a run is given up as endless. Default 1 000. */
  readonly maximumInvocations?: number | undefined
  /** Milliseconds since 1970 UTC. */
  readonly now?: (() => number) | undefined
}

/** Calls a function, in this process or in a runtime of its own. */
export type Invoke<Event> = (
  event: Event,
  context: { getRemainingTimeInMillis(): number },
) => Promise<unknown>

/** One call, and what came of it. */
export interface Invocation<Item> {
  readonly records: readonly Item[]
  readonly response?: unknown
  /** What the function threw, or that its time was up. */
  readonly error?: unknown
}

/** Records that the mapping gave up, as it tells its on-failure destination. */
export interface Discarded<Item> {
  readonly condition: 'RetryAttemptsExhausted' | 'RecordAgeExceeded'
  readonly records: readonly Item[]
}

/** All that happened until every record was handled or given up. */
export interface MappingRun<Item> {
  readonly invocations: readonly Invocation<Item>[]
  readonly discarded: readonly Discarded<Item>[]
}

export type Settings = { readonly [K in keyof MappingOptions]-?: NonNullable<MappingOptions[K]> }

export function settingsOf(options: MappingOptions): Settings {
  return {
    batchSize: options.batchSize ?? 100,
    maximumRetryAttempts: options.maximumRetryAttempts ?? -1,
    maximumRecordAgeInSeconds: options.maximumRecordAgeInSeconds ?? -1,
    bisectBatchOnFunctionError: options.bisectBatchOnFunctionError ?? false,
    reportBatchItemFailures: options.reportBatchItemFailures ?? true,
    timeoutMs: options.timeoutMs ?? 30_000,
    maximumInvocations: options.maximumInvocations ?? 1_000,
    now: options.now ?? Date.now,
  }
}

/** A function with a time limit, whose calls are counted and noted. */
export function noted<Event, Item>(invoke: Invoke<Event>, { timeoutMs, maximumInvocations }: Settings) {
  const invocations: Invocation<Item>[] = []

  async function call(event: Event, records: readonly Item[]): Promise<Invocation<Item>> {
    if (invocations.length >= maximumInvocations)
      throw new Error(
        `the mapping is not done after ${maximumInvocations} invocations: set maximumRetryAttempts`,
      )
    const invocation = await attempt(event, records)
    invocations.push(invocation)
    return invocation
  }

  async function attempt(event: Event, records: readonly Item[]): Promise<Invocation<Item>> {
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`Task timed out after ${timeoutMs / 1_000} seconds`)),
        timeoutMs,
      )
    })
    try {
      // As on the service, where both are JSON.
      const given: Event = JSON.parse(JSON.stringify(event))
      const answer = await Promise.race([invoke(given, lambdaContext(timeoutMs)), late])
      return { records, response: answer === undefined ? null : JSON.parse(JSON.stringify(answer)) }
    } catch (error) {
      return { records, error }
    } finally {
      clearTimeout(timer)
    }
  }

  return { call, invocations }
}

/** `batchItemFailures` of an answer: none where it says nothing of the kind, `undefined` where the answer means all. */
export function failuresIn(response: unknown): readonly unknown[] | undefined {
  if (response === null || typeof response !== 'object' || !('batchItemFailures' in response)) return []
  const { batchItemFailures: failures } = response
  if (failures === null) return []
  if (!Array.isArray(failures)) return undefined
  const items = failures.map((failure: unknown) =>
    typeof failure === 'object' && failure !== null && 'itemIdentifier' in failure
      ? failure.itemIdentifier
      : undefined,
  )
  return items.some((item) => item === undefined || item === null || item === '') ? undefined : items
}
