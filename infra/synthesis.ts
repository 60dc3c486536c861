import { WaybillError } from '../adapters/core/errors.ts'
import type { ResolvedConfig } from '../cli/config/index.ts'
import type { PlatformName } from './platform.ts'
import type { StageName } from './stage.ts'

export interface SynthesisOptions {
  /** The folder that is written. */
  readonly out: string
  /** The folder that bundles are written to. */
  readonly bundles: string
  readonly stage?: StageName | undefined
}

/** What was written, and how it is deployed. */
export interface Synthesis {
  readonly folder: string
  /** In the order in which they are deployed. */
  readonly stacks: readonly string[]
  /** The command that deploys them. */
  readonly deploy: string
}

type Synthesize = (config: ResolvedConfig, options: SynthesisOptions) => Promise<Synthesis>

// Imported when they are wanted: the toolkit of a vendor takes a second to load, and is installed only by who uses it.
const synthesizers: Readonly<Partial<Record<PlatformName, () => Promise<Synthesize>>>> = {
  kinesis: () => aws('kinesis'),
  kafka: () => aws('kafka'),
  nats: () => aws('nats'),
}

/** Writes the stacks of a platform. Throws `ERR_CONFIG` with what cannot be deployed, `ERR_MISSING_CLIENT` without the toolkit. */
export async function synthesize(
  config: ResolvedConfig,
  platform: PlatformName,
  options: SynthesisOptions,
): Promise<Synthesis> {
  const load = synthesizers[platform]
  if (load === undefined)
    throw new WaybillError('ERR_UNSUPPORTED', `there are no stacks for ${platform}: use another platform`)
  return (await load())(config, options)
}

async function aws(platform: 'kinesis' | 'kafka' | 'nats'): Promise<Synthesize> {
  try {
    const { synthesizeAws } = await import('./aws/synthesize.ts')
    return (config, options) => synthesizeAws(config, platform, options)
  } catch (cause) {
    throw new WaybillError(
      'ERR_MISSING_CLIENT',
      `stacks for ${platform} need the toolkit of AWS: run npm install --save-dev aws-cdk aws-cdk-lib constructs cdk-nag`,
      { cause },
    )
  }
}
