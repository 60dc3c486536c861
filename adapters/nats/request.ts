import type { Msg } from 'nats'
import type { Binding } from '../core/binding.ts'
import type { WaybillError } from '../core/errors.ts'
import type { CloudEvent } from '../core/event.ts'
import { onAbort } from '../core/on-abort.ts'
import type { Outgoing } from './outgoing.ts'
import { problem } from './problem.ts'
import { messageOf } from './received.ts'
import { isNobody, type Replies, type Silence } from './replies.ts'
import { checkSubject } from './subject.ts'

export interface RequestOptions {
  /** Time for the answer, in milliseconds. Default 5 000. */
  readonly timeoutMs?: number | undefined
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined
}

export interface RequestParts {
  readonly binding: Binding
  readonly outgoing: Outgoing
  readonly replies: Replies
}

/** Publishes an event and resolves with the first answer to it. */
export async function request(
  { binding, outgoing, replies }: RequestParts,
  topic: string,
  event: CloudEvent,
  { timeoutMs = 5_000, signal }: RequestOptions = {},
): Promise<CloudEvent> {
  checkSubject(topic, 'nats')
  if (signal?.aborted) throw aborted(topic)
  const message = binding.encode(event)
  const answer = await new Promise<Msg>((resolve, reject) => {
    const end = (settle: () => void) => {
      forget?.()
      settle()
    }
    const subject = replies.expect(timeoutMs, {
      answer: (given) => end(() => resolve(given)),
      fail: (why) => end(() => reject(silence(topic, why, timeoutMs))),
    })
    const forget =
      signal &&
      onAbort(signal, () => {
        replies.forget(subject)
        reject(aborted(topic))
      })
    try {
      outgoing.put(topic, message, subject)
      outgoing.send()
    } catch (error) {
      replies.forget(subject)
      end(() => reject(error))
    }
  })
  if (isNobody(answer)) {
    throw problem('nats', 'ERR_NOT_FOUND', `nobody reads "${topic}": start the subscription that answers`)
  }
  return binding.decode(messageOf(answer, answer.subject, answer.reply ?? ''), { topic: answer.subject })
}

function silence(topic: string, why: Silence, timeoutMs: number): WaybillError {
  if (why === 'timeout') {
    const text = `no answer from "${topic}" in ${timeoutMs} ms: raise timeoutMs, or look at its handler`
    return problem('nats', 'ERR_TIMEOUT', text)
  }
  const text = `the connection was lost before "${topic}" answered: the request may have arrived; send it again`
  return problem('nats', 'ERR_CLOSED', text)
}

function aborted(topic: string): WaybillError {
  return problem('nats', 'ERR_ABORTED', `the signal given to the request to "${topic}" was aborted`)
}
