import { codeOf, messageOf } from '../../../adapters/core/errors.ts'
import { all, always, type Case, missingTopic } from '../case.ts'
import { equal, fail, failuresOf, ok, rejects, throws } from '../check.ts'
import { refusing } from '../interpose.ts'

export const lifecycle: readonly Case[] = [
  {
    name: 'a broker that is opened and not used closes',
    checks: [10],
    needs: always,
    async run(t) {
      const broker = await t.open()
      await t.within('closing', broker.close())
    },
  },
  {
    name: 'publishing to a topic that does not exist fails with ERR_NOT_FOUND for every record',
    checks: [12],
    needs: missingTopic,
    async run(t) {
      const topic = t.harness.missingTopic?.() ?? ''
      const work = t.within('publishing', t.broker.publish(topic, t.events(2)))
      const failures = await failuresOf(work, 'publishing to a topic that does not exist')
      equal(
        failures.map(({ index, error }) => [index, codeOf(error)]),
        [
          [0, 'ERR_NOT_FOUND'],
          [1, 'ERR_NOT_FOUND'],
        ],
        'the failures',
      )
    },
  },
  {
    name: 'reading a topic that does not exist ends the subscription with ERR_NOT_FOUND',
    checks: [13],
    needs: missingTopic,
    async run(t) {
      const source = t.source(t.harness.missingTopic?.() ?? '')
      const { done } = t.broker.subscribe(source, () => {})
      await rejects(t.within('ending the subscription', done), 'ERR_NOT_FOUND', 'a topic that does not exist')
    },
  },
  {
    name: 'publish, subscribe, replay and ensure after close are refused with ERR_CLOSED',
    checks: [14, 15],
    needs: always,
    async run(t) {
      const topic = await t.topic()
      const broker = await t.open()
      await t.within('closing', broker.close())
      const closed = (work: Promise<unknown>, what: string) =>
        rejects(t.within(what, work), 'ERR_CLOSED', what)
      await closed(broker.publish(topic, t.event(0)), 'publish after close')
      await closed(broker.send(topic, [broker.binding.encode(t.event(1))]), 'send after close')
      await closed(broker.replay(t.source(topic), 'earliest'), 'replay after close')
      await closed(broker.ensure({ topics: [topic] }), 'ensure after close')
      throws(() => broker.subscribe(t.source(topic), () => {}), 'ERR_CLOSED', 'subscribe after close')
    },
  },
  {
    name: 'a ping is answered in time or refused with ERR_UNSUPPORTED, and after close with ERR_CLOSED',
    checks: [14, 23],
    needs: always,
    async run(t) {
      const broker = await t.open()
      // Twice, as what watches over a service asks again and again.
      for (const what of ['the first ping', 'the second ping']) {
        const refusal = await t.within(what, broker.ping()).then(
          () => undefined,
          (error: unknown) => ({ error }),
        )
        if (refusal !== undefined) {
          const { error } = refusal
          equal(codeOf(error), 'ERR_UNSUPPORTED', `${what}, which failed with "${messageOf(error)}"`)
        }
      }
      await t.within('closing', broker.close())
      await rejects(t.within('ping after close', broker.ping()), 'ERR_CLOSED', 'ping after close')
    },
  },
  {
    name: 'a publish whose signal is aborted is refused at once, and one that is being retried ends soon',
    checks: [16],
    needs: always,
    async run(t) {
      const topic = await t.topic()
      await rejects(
        t.broker.publish(topic, t.event(0), { signal: AbortSignal.abort() }),
        'ERR_ABORTED',
        'aborted',
      )
      const abort = new AbortController()
      let refused = 0
      const busy = await t.open((driver) =>
        refusing(driver, () => {
          if (++refused === 2) abort.abort()
          return { error: new Error('try again'), retryable: true }
        }),
      )
      const work = busy.publish(topic, t.event(1), { signal: abort.signal })
      const [failure] = await failuresOf(t.within('a publish that was aborted', work), 'an aborted publish')
      equal(codeOf(failure?.error), 'ERR_ABORTED', 'the failure')
      ok(refused < 5, `the record was sent ${refused} times, though the signal was aborted after 2`)
    },
  },
  {
    name: 'a wrong policy, an empty topic or an empty group is refused at once, and the field is named',
    checks: [24],
    needs: always,
    async run(t) {
      const source = t.source(await t.topic())
      const refused = (what: string, run: () => unknown) => {
        const error = throws(run, 'ERR_CONFIG', what)
        ok(error instanceof Error && error.message.includes(what), `the error does not name "${what}"`)
      }
      const handler = () => {}
      refused('maxAttempts', () => t.broker.subscribe(source, handler, { policy: { maxAttempts: 0 } }))
      refused('topic', () => t.broker.subscribe({ ...source, topic: '' }, handler))
      refused('group', () => t.broker.subscribe({ ...source, group: '' }, handler))
      await rejects(t.broker.publish('', t.event(0)), 'ERR_CONFIG', 'publishing to an empty topic')
    },
  },
  {
    name: 'without its client package the broker fails with ERR_MISSING_CLIENT, naming the package',
    checks: [24],
    needs: all((_, { withoutClient }) => withoutClient !== undefined || 'the broker needs no client package'),
    async run(t) {
      const { client, open } = t.harness.withoutClient ?? fail('the harness has no `withoutClient`')
      const error = await rejects(
        t.within('opening', open()),
        'ERR_MISSING_CLIENT',
        'opening without the client',
      )
      ok(error instanceof Error && error.message.includes(client), `the error does not name "${client}"`)
    },
  },
]
