import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { pubsub } from '../../adapters/pubsub/index.ts'

const project = 'no-such-project'
const names = [
  'GOOGLE_APPLICATION_CREDENTIALS',
  'GOOGLE_CLOUD_PROJECT',
  'GCLOUD_PROJECT',
  'PUBSUB_EMULATOR_HOST',
  'CLOUDSDK_CONFIG',
  'HOME',
  'METADATA_SERVER_DETECTION',
] as const
let before: Readonly<Record<string, string | undefined>> = {}
let folder = ''

/** Nothing that Google's libraries look for is there. */
beforeEach(async () => {
  before = Object.fromEntries(names.map((name) => [name, process.env[name]]))
  folder = await mkdtemp(join(tmpdir(), 'waybill-pubsub-'))
  for (const name of names) delete process.env[name]
  Object.assign(process.env, { HOME: folder, CLOUDSDK_CONFIG: folder, METADATA_SERVER_DETECTION: 'none' })
})
afterEach(async () => {
  for (const [name, value] of Object.entries(before)) {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
  await rm(folder, { recursive: true, force: true })
})

it('says that there are no credentials, and how to give them', async () => {
  await expect(pubsub({ project })).rejects.toMatchObject({
    code: 'ERR_CONFIG',
    message: expect.stringMatching(/no credentials.*Application Default Credentials/),
  })
})

it('asks for the project where neither options, environment nor credentials name one', async () => {
  await expect(pubsub({})).rejects.toMatchObject({
    code: 'ERR_CONFIG',
    message: expect.stringMatching(/the project is not known.*pubsub:\/\/my-project/),
  })
})

it('names the file of credentials that is not there', async () => {
  const file = join(folder, 'missing.json')
  process.env.GOOGLE_APPLICATION_CREDENTIALS = file
  await expect(pubsub({ project })).rejects.toMatchObject({
    code: 'ERR_CONFIG',
    message: expect.stringContaining(file),
  })
})

it('shows nothing of a file of credentials that cannot be read', async () => {
  const file = join(folder, 'broken.json')
  await writeFile(file, '{ "type": "service_account", "private_key": "SECRET", ')
  process.env.GOOGLE_APPLICATION_CREDENTIALS = file
  const error = await pubsub({ project }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toMatchObject({ code: 'ERR_CONFIG' })
  expect(String(error)).not.toContain('SECRET')
})
