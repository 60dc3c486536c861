import type { Binding } from '../../../adapters/core/binding.ts'
import type { CloudEvent } from '../../../adapters/core/event.ts'
import type { Context } from '../../../adapters/core/handler.ts'
import type { Message } from '../../../adapters/core/message.ts'
import { atLeastOnce, type Case } from '../case.ts'
import { equal } from '../check.ts'

const body = Uint8Array.of(0xff, 0x00, 0x7b, 0xfe)

function takesRaw(binding: Binding, message: Message): boolean {
  try {
    binding.decode(message, { topic: 't', lane: '0', position: '0', time: 0 })
    return true
  } catch {
    return false
  }
}

export const raw: readonly Case[] = [
  {
    name: 'a message that is no CloudEvent becomes the same event at every attempt, or is refused at once',
    checks: [27],
    needs: atLeastOnce,
    async run(t) {
      const [source, dlq] = [t.source(await t.topic()), t.source(await t.topic())]
      const message = { body, headers: {}, key: 'k' }
      const letters = await t.receive(dlq)
      const policy = { maxAttempts: 3, backoff: { initialMs: 2 }, deadLetter: dlq.topic }
      const seen: string[] = []
      const bodies: (Uint8Array | null)[] = []
      const fail = (event: CloudEvent, { delivery }: Context) => {
        seen.push(JSON.stringify(event))
        bodies.push(delivery.message.body)
        return Promise.reject(new Error('again'))
      }
      await t.read(source, fail, { policy })
      await t.broker.send(source.topic, [message])
      await t.until('the dead letter', () => letters.deliveries.length > 0)
      equal(seen.length, takesRaw(t.broker.binding, message) ? 3 : 0, 'attempts')
      equal(new Set(seen).size, Math.min(seen.length, 1), 'different events of one message')
      equal(
        bodies,
        seen.map(() => body),
        'the bytes that the handler can get at',
      )
    },
  },
]
