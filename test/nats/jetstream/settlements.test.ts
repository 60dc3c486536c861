import { expect, it } from '@jest/globals'
import { createSettlements } from '../../../adapters/nats/jetstream/settlements.ts'
import { writtenClient } from '../clients.ts'

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
const never = (error: unknown) => {
  throw error
}
const acknowledged = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => `PUB ack.${from + i} 0\r\n\r\n`).join('')

it('what is told in one turn leaves in few pieces: plenty at once, the rest when the turn is over', async () => {
  const client = writtenClient()
  const { tell } = createSettlements(client.native, never)
  for (let n = 0; n < 250; n++) tell(`ack.${n}`, '')
  expect(client.pieces).toEqual([acknowledged(0, 100), acknowledged(100, 200)])
  await turn()
  expect(client.pieces).toEqual([acknowledged(0, 100), acknowledged(100, 200), acknowledged(200, 250)])
  tell('ack.250', '-NAK {"delay":1000}')
  await turn()
  expect(client.pieces.slice(3)).toEqual(['PUB ack.250 19\r\n-NAK {"delay":1000}\r\n'])
})

it('nothing is left behind when all must leave now', async () => {
  const client = writtenClient()
  const { tell, send } = createSettlements(client.native, never)
  tell('ack.0', '')
  send()
  expect(client.text()).toBe(acknowledged(0, 1))
  send()
  await turn()
  expect(client.text()).toBe(acknowledged(0, 1))
})

it('a client of another layout publishes each', () => {
  const client = writtenClient('other')
  const { tell } = createSettlements(client.native, never)
  tell('ack.0', '')
  tell('ack.1', '+TERM')
  expect(client.text()).toBe('PUB ack.0 0\r\n\r\nPUB ack.1 5\r\n+TERM\r\n')
})

it('an ended connection is told of', () => {
  const errors: unknown[] = []
  const client = writtenClient()
  const { tell } = createSettlements(client.native, (error) => errors.push(error))
  client.isClosed = true
  tell('ack.0', '')
  expect(errors).toMatchObject([{ message: 'CONNECTION_CLOSED' }])
})
