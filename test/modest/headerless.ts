import type { Binding } from '../../adapters/core/binding.ts'
import type { Driver, SendResult } from '../../adapters/core/driver.ts'
import { WaybillError } from '../../adapters/core/errors.ts'
import { createEvent } from '../../adapters/core/event.ts'
import { decodeJson, encodeJson } from '../../adapters/core/json.ts'
import { memoryDriver } from '../../adapters/memory/index.ts'
import { delegate } from '../conformance/interpose.ts'

/** Carries bytes and a key alone, like Kinesis. */
export function headerlessDriver(): Driver {
  const memory = memoryDriver()
  const error = new WaybillError('ERR_UNSUPPORTED', 'messages have no headers: put everything into the event')
  const refusal: SendResult = { error, retryable: false }
  return delegate(memory, {
    capabilities: { ...memory.capabilities, headers: false },
    async send(topic, messages, signal) {
      const isBare = messages.map(({ headers }) => Object.keys(headers).length === 0)
      const results = await memory.send(
        topic,
        messages.filter((_, index) => isBare[index]),
        signal,
      )
      const rest = results[Symbol.iterator]()
      return isBare.map((bare) => (bare ? (rest.next().value ?? refusal) : refusal))
    },
  })
}

/** Structured mode, always. */
export const bareBinding: Binding = {
  name: 'bare',
  decode: ({ body }) => decodeJson(body ?? new Uint8Array()),
  encode: (event, { key } = {}) => ({ body: encodeJson(event), headers: {}, key }),
  annotate(message, attributes) {
    try {
      const event = { ...bareBinding.decode(message), ...attributes }
      return { ...message, body: encodeJson(event) }
    } catch {
      const data = message.body ?? new Uint8Array()
      const wrapped = createEvent({ type: 'undecodable', source: '/modest', data, ...attributes })
      return { ...message, body: encodeJson(wrapped) }
    }
  },
}
