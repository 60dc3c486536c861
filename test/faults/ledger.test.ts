import { describe, expect, test } from '@jest/globals'
import { createEvent } from '../../adapters/index.ts'
import { Ledger } from './ledger.ts'

function ledgerOf(...ids: readonly string[]): Ledger {
  const ledger = new Ledger()
  for (const id of ids) ledger.confirmed(createEvent({ type: 'sent', source: '/faults', id }))
  return ledger
}

describe('the ledger of faults', () => {
  test('counts an event as lost that was confirmed and never handled', () => {
    const ledger = ledgerOf('a#0', 'a#1')
    ledger.handled('a#0', 1)
    expect(ledger.tally()).toEqual({ sent: 2, handled: 1, lost: 1, duplicates: 0, reordered: 0 })
    expect(ledger.isComplete).toBe(false)
  })

  test('counts an event as reordered that came after a later one of its key', () => {
    const ledger = ledgerOf('a#0', 'a#1', 'b#0')
    for (const id of ['a#1', 'b#0', 'a#0']) ledger.handled(id, 1)
    expect(ledger.tally()).toMatchObject({ lost: 0, reordered: 1 })
  })

  test('takes what is marked as a redelivery or a dead letter for neither', () => {
    const ledger = ledgerOf('a#0', 'a#1', 'a#2')
    ledger.handled('a#2', 1)
    ledger.handled('a#1', 2)
    ledger.deadLettered('a#0')
    expect(ledger.tally()).toEqual({ sent: 3, handled: 3, lost: 0, duplicates: 0, reordered: 0 })
  })

  test('counts what is handled again', () => {
    const ledger = ledgerOf('a#0')
    ledger.handled('a#0', 1)
    ledger.handled('a#0', 1)
    expect(ledger.tally()).toMatchObject({ handled: 1, duplicates: 1, reordered: 0 })
  })

  test('says why nothing more will be handled', () => {
    const ledger = ledgerOf('a#0')
    ledger.ended(new Error('the reader cannot go on'))
    expect(() => ledger.isComplete).toThrow('the reader cannot go on')
  })
})
