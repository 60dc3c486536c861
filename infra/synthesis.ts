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
const synthesizers: Readonly<Record<PlatformName, () => Promise<Synthesize>>> = {
  kinesis: () => aws('kinesis'),
  kafka: () => aws('kafka'),
  nats: () => aws('nats'),
  pubsub: google,
}

/** Writes the stacks of a platform. Throws `ERR_CONFIG` with what cannot be deployed, `ERR_MISSING_CLIENT` without the toolkit. */
export async function synthesize(
  config: ResolvedConfig,
  platform: PlatformName,
  options: SynthesisOptions,
): Promise<Synthesis> {
  const run = await synthesizers[platform]()
  return run(config, options)
}

async function aws(platform: 'kinesis' | 'kafka' | 'nats'): Promise<Synthesize> {
  try {
    const { synthesizeAws } = await import('./aws/synthesize.ts')
    return (config, options) => synthesizeAws(config, platform, options)
  } catch (cause) {
    throw withoutToolkit(platform, `aws-cdk@2.1148.1 aws-cdk-lib cdk-nag ${constructs}`, cause)
  }
}

async function google(): Promise<Synthesize> {
  try {
    const { synthesizePubsub } = await import('./gcp/synthesize.ts')
    return synthesizePubsub
  } catch (cause) {
    throw withoutToolkit('pubsub', `cdktn ${constructs}`, cause)
  }
}

/** Newer ones are refused by cdktn. */
const constructs = 'constructs@10.7'

function withoutToolkit(platform: PlatformName, packages: string, cause: unknown): WaybillError {
  const text = `stacks for ${platform} need a toolkit that cannot be loaded: run npm install --save-dev ${packages}`
  return new WaybillError('ERR_MISSING_CLIENT', text, { cause })
}
