import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { programOf, run } from './command.ts'
import { findJava } from './java.ts'
import { problem } from './problem.ts'
import type { Installed, Progress, Recipe } from './recipe.ts'

/** Google's Pub/Sub emulator, out of an installed Google Cloud CLI. It forgets everything when it ends. */
export const pubsub: Recipe = {
  kind: 'pubsub',
  variable: 'WAYBILL_PUBSUB',
  vendorVariable: 'PUBSUB_EMULATOR_HOST',
  defaultVersion: '0.8.20',
  ports: 1,
  detourOf: ([to = 0]) => ({ to, at: 0 }),
  readyMs: 60_000,
  install,
  urlsOf: (address) => [`pubsub://local?endpoint=${address}`],
  // The second keeps the client from looking for Google's metadata server, which warns where there is none.
  clientVariables: (address) => ({
    PUBSUB_EMULATOR_HOST: address,
    METADATA_SERVER_DETECTION: 'none',
    GOOGLE_CLOUD_PROJECT: 'local',
  }),
  async ping({ ports }) {
    const answer = await fetch(`http://127.0.0.1:${ports[0]}/`, { signal: AbortSignal.timeout(2_000) })
    const text = await answer.text()
    if (text.trim() !== 'Ok') throw problem('ERR_TIMEOUT', `the emulator answers ${answer.status}`)
  },
}

const advice = 'or set WAYBILL_PUBSUB to the host:port of a running emulator'

async function install(wanted: string, progress: Progress): Promise<Installed> {
  const { jar, version } = await findJar()
  if (version !== wanted) progress(`Pub/Sub emulator ${version} is installed, not ${wanted}`)
  const java = await findJava(11, progress)
  const words = ['-Xmx512m', '-XX:+UseSerialGC', '-jar', jar, '--host=127.0.0.1']
  return {
    version,
    prepare: async ({ ports }) => ({ program: java, words: [...words, `--port=${ports[0]}`] }),
  }
}

/** The jar itself: the command around it would leave it behind when it is killed. */
async function findJar(): Promise<{ readonly jar: string; readonly version: string }> {
  const gcloud = await programOf('gcloud')
  if (gcloud === undefined)
    throw problem(
      'ERR_NOT_FOUND',
      `the Pub/Sub emulator comes with the Google Cloud CLI, and there is no gcloud: install it with the component pubsub-emulator, ${advice}`,
    )
  const root = (await run(gcloud, ['info', '--format=value(installation.sdk_root)'])).trim()
  const folder = join(root, 'platform', 'pubsub-emulator', 'lib')
  const files = await readdir(folder).catch(() => [])
  for (const file of files) {
    const version = /^cloud-pubsub-emulator-(\d[\w.]*)-all\.jar$/.exec(file)?.[1]
    if (version !== undefined) return { jar: join(folder, file), version }
  }
  throw problem(
    'ERR_NOT_FOUND',
    `the Pub/Sub emulator is not in ${root}: run gcloud components install pubsub-emulator (Debian: apt-get install google-cloud-cli-pubsub-emulator), ${advice}`,
  )
}
