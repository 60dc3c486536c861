import { describe, expect, it } from '@jest/globals'
import { TerminalError } from '../../adapters/core/errors.ts'
import type { Handler } from '../../adapters/core/handler.ts'
import { type Policy, resolvePolicy } from '../../adapters/core/policy.ts'
import { type RunnerOptions, runner } from '../../adapters/core/runner.ts'
import { binding, delivery, lane } from './recorded-runner.ts'

const platform = { delivery: 'at-least-once', redelivery: 'platform', attempts: false, delay: false } as const

function onPlatform(handler: Handler, options: Partial<RunnerOptions> = {}, policy: Policy = {}) {
  return runner(binding, platform, handler, { policy: resolvePolicy(policy, 'g'), ...options })
}

const failing: Handler = () => {
  throw new Error('boom')
}
const hopeless: Handler = () => {
  throw new TerminalError('never')
}

describe('a runner that a platform calls', () => {
  it('reports a failed attempt at once, and releases what is behind it', async () => {
    expect(await onPlatform(failing)(lane('a', ['1', '2']))).toMatchObject([
      { kind: 'nack', cause: { message: 'boom' } },
      { kind: 'release' },
    ])
  })

  it('reports what can never succeed too, where it has no dead letter', async () => {
    expect(await onPlatform(hopeless)([delivery('1')])).toMatchObject([{ kind: 'nack' }])
    const unreadable = { body: null, headers: { 'content-type': 'application/cloudevents+json' } }
    expect(await onPlatform(failing)([delivery('1', { message: unreadable })])).toMatchObject([
      { kind: 'nack', cause: { code: 'ERR_DECODE' } },
    ])
  })

  it('dead-letters what can never succeed where it can, and nothing else', async () => {
    const letters: unknown[] = []
    const deadLetter = async (letter: unknown) => letters.push(letter)
    expect(await onPlatform(hopeless, { deadLetter })([delivery('1')])).toMatchObject([{ kind: 'term' }])
    expect(await onPlatform(failing, { deadLetter })([delivery('2')])).toMatchObject([{ kind: 'nack' }])
    expect(letters).toMatchObject([{ delivery: { position: '1' } }])
  })

  it('dead-letters what was tried as often as the policy says, where the platform counts', async () => {
    const letters: unknown[] = []
    const deadLetter = async (letter: unknown) => letters.push(letter)
    const deliver = onPlatform(failing, { deadLetter }, { maxAttempts: 3 })
    expect(await deliver([delivery('1', { attempt: 2 })])).toMatchObject([{ kind: 'nack' }])
    expect(await deliver([delivery('1', { attempt: 3 })])).toMatchObject([{ kind: 'term' }])
    expect(letters).toMatchObject([{ attempts: 3 }])
  })

  it('leaves what is too old to the platform where it has no dead letter', async () => {
    let calls = 0
    const deliver = onPlatform(() => void calls++, {}, { maxAgeMs: 1_000 })
    expect(await deliver([delivery('1', { time: 0 })])).toEqual([{ kind: 'ack' }])
    expect(calls).toBe(1)
  })

  it('drops what can never succeed where the policy says so', async () => {
    expect(await onPlatform(hopeless, {}, { deadLetter: false })([delivery('1')])).toMatchObject([
      { kind: 'term' },
    ])
  })
})
