import { expect, it } from '@jest/globals'
import { connect } from '../../adapters/index.ts'
import { pubsub, subscriptionPath, topicPath } from '../../adapters/pubsub/index.ts'

it.each([
  [{ project: 'My Project' }, 'project'],
  [{ endpoint: 'http://127.0.0.1:8085' }, 'endpoint'],
  [{ attempts: true }, 'attempts'],
  [{ ackDeadlineMs: 9_000 }, 'ackDeadlineMs'],
  [{ ackDeadlineMs: 10_500 }, 'ackDeadlineMs'],
  [{ retentionMs: 1_000 }, 'retentionMs'],
  [{ maxOutstanding: 0 }, 'maxOutstanding'],
  [{ filter: '' }, 'filter'],
])('refuses %j, naming the option', async (options, name) => {
  await expect(pubsub({ project: 'p-1', ...options })).rejects.toMatchObject({
    code: 'ERR_CONFIG',
    message: expect.stringContaining(`"${name}"`),
  })
})

it('refuses unknown parameters, a path, and secrets, in the URL', async () => {
  await expect(connect('pubsub://local?order=false')).rejects.toThrow('did you mean "ordered"')
  await expect(connect('pubsub://local/topic')).rejects.toThrow('has no path')
  await expect(connect('pubsub://local?credentials=abc')).rejects.toThrow('looks like a secret')
})

it('asks for the project of an emulator', async () => {
  await expect(connect('pubsub://?endpoint=127.0.0.1:1')).rejects.toMatchObject({
    code: 'ERR_CONFIG',
    message: expect.stringContaining('pubsub://my-project'),
  })
})

it('names the subscription of a group by its topic, so that two groups never share one', () => {
  const short = (topic: string, group: string) => subscriptionPath('p', topic, group).split('/').at(-1)
  expect(subscriptionPath('p', 'orders', 'billing')).toBe('projects/p/subscriptions/orders+billing')
  expect(short('a+b', 'c')).toBe('a%2Bb+c')
  expect(short('a', 'b+c')).toBe('a+b%2Bc')
  expect(short('orders', 'a group, ü')).toBe('orders+a%20group%2C%20%C3%BC')
  expect(short('projects/other/topics/orders', 'g')).toBe('orders+g')
  expect(subscriptionPath('p', 'orders', 'projects/o/subscriptions/their-own')).toBe(
    'projects/o/subscriptions/their-own',
  )
  expect(topicPath('p', 'projects/o/topics/orders')).toBe('projects/o/topics/orders')
  expect(() => topicPath('p', 'projects/o/subscriptions/orders')).toThrow('no name of a topic')
})
