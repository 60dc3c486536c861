import { expect, it } from '@jest/globals'
import { createEvent, derive } from '../../adapters/core/event.ts'
import { nats } from '../../adapters/nats/index.ts'
import { describeWith } from '../dev/available.ts'
import { localServer, numbered } from './local.ts'

const server = localServer()
const noLetters = { policy: { deadLetter: false } } as const
const open = () => nats({ servers: server.address })

await describeWith('nats', 'a request', () => {
  it('is answered with what the handler returns', async () => {
    await using broker = await open()
    await using other = await open()
    other.subscribe(
      { topic: 'double', group: 'g' },
      (event) => derive(event, { data: { twice: Number(event.id) * 2 } }),
      noLetters,
    )
    await other.ping()
    const answers = await Promise.all([1, 2, 3].map((n) => broker.request('double', numbered(n))))
    expect(answers.map(({ data }) => data)).toEqual([{ twice: 2 }, { twice: 4 }, { twice: 6 }])
  })

  it('fails at once where nobody reads the topic', async () => {
    await using broker = await open()
    const failed = broker.request('nobody', numbered(1), { timeoutMs: 60_000 })
    await expect(failed).rejects.toMatchObject({
      code: 'ERR_NOT_FOUND',
      message: expect.stringContaining('"nobody"'),
    })
  })

  it('ends when its time is up, and a late answer is dropped', async () => {
    await using broker = await open()
    let answer = () => {}
    const asked = new Promise<void>((resolve) => {
      answer = resolve
    })
    broker.subscribe(
      { topic: 'late', group: 'g' },
      async (event) => {
        if (event.id === '1') await asked
        return createEvent({ type: 'answer', source: '/late', id: event.id })
      },
      noLetters,
    )
    await broker.ping()
    const failed = broker.request('late', numbered(1), { timeoutMs: 50 })
    await expect(failed).rejects.toMatchObject({
      code: 'ERR_TIMEOUT',
      message: expect.stringContaining('50 ms'),
    })
    answer()
    expect(await broker.request('late', numbered(2))).toMatchObject({ id: '2' })
  })

  it('ends when its signal aborts', async () => {
    await using broker = await open()
    broker.subscribe({ topic: 'silent', group: 'g' }, () => {}, noLetters)
    await broker.ping()
    const abort = new AbortController()
    const failed = broker.request('silent', numbered(1), { signal: abort.signal })
    abort.abort()
    await expect(failed).rejects.toMatchObject({ code: 'ERR_ABORTED' })
    await expect(broker.request('silent', numbered(1), { signal: abort.signal })).rejects.toMatchObject({
      code: 'ERR_ABORTED',
    })
  })

  it('is refused after close, and ends with the broker', async () => {
    const broker = await open()
    broker.subscribe({ topic: 'closing', group: 'g' }, () => {}, noLetters)
    await broker.ping()
    const open_ = broker.request('closing', numbered(1))
    const failed = expect(open_).rejects.toMatchObject({ code: 'ERR_CLOSED' })
    await broker.close()
    await failed
    await expect(broker.request('closing', numbered(2))).rejects.toMatchObject({ code: 'ERR_CLOSED' })
  })
})
