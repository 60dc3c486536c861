import type { Problem } from '../../cli/config/problems.ts'

/** What a platform makes of a policy. */
export interface Compiled<Settings> {
  readonly settings: Settings
  /** What the platform cannot do. Each names the setting and the fix, and nothing is deployed while there is one. */
  readonly problems: readonly Problem[]
  /** What the platform does in its own way, and is deployed all the same. */
  readonly differences: readonly Difference[]
}

/** One setting that a platform reads in its own way. */
export interface Difference {
  readonly setting: string
  readonly means: string
}

/** Where problems and differences of one function are noted. */
export interface Notes {
  readonly problems: Problem[]
  readonly differences: Difference[]
  /** `setting` is a path of the configuration; the message is `what: how to fix it`. */
  refuse(setting: string, message: string): void
  differ(setting: string, means: string): void
}

export function notes(): Notes {
  const problems: Problem[] = []
  const differences: Difference[] = []
  return {
    problems,
    differences,
    refuse: (path, message) => void problems.push({ path, message }),
    differ: (setting, means) => void differences.push({ setting, means }),
  }
}
