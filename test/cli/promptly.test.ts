import { expect, test } from '@jest/globals'
import { resolveConfig } from '../../cli/config/index.ts'
import { promptly } from '../../cli/promptly.ts'
import { freePorts } from '../../dev/index.ts'
import { waybill } from './command-line.ts'

test('commands that somebody waits for give a server three seconds, where the configuration says nothing', () => {
  const brokers = {
    plain: 'nats://a:4222',
    stream: { url: 'jetstream://a:4222?ordered=false', name: 'x' },
    url: 'nats://a:4222?name=x&connectMs=20000',
    option: { url: 'nats://a:4222', connectMs: 20_000 },
    other: 'kafka://a:9092',
  }
  const config = resolveConfig({ brokers, functions: {} })
  expect(Object.fromEntries(promptly(config).brokers)).toEqual({
    plain: { url: 'nats://a:4222', connectMs: 3_000 },
    stream: { url: 'jetstream://a:4222?ordered=false', name: 'x', connectMs: 3_000 },
    url: { url: brokers.url },
    option: brokers.option,
    other: { url: brokers.other },
  })
})

test('waybill emit says within seconds that no server answers', async () => {
  const [port] = await freePorts(1)
  const begun = performance.now()
  const url = `nats://127.0.0.1:${port}`
  const { code, stderr } = await waybill('emit', 't', '--type', 'x', '--broker', `main=${url}`)
  expect([code, stderr]).toEqual([1, expect.stringMatching(/no server answered .* in 3000 ms/)])
  expect(performance.now() - begun).toBeLessThan(6_000)
})
