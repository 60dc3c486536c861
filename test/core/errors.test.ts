import { describe, expect, it } from '@jest/globals'
import {
  codeOf,
  DecodeError,
  InvalidEventError,
  messageOf,
  PublishError,
  TerminalError,
  WaybillError,
} from '../../adapters/core/errors.ts'

describe('an error', () => {
  it('names its adapter, carries a code and keeps its cause', () => {
    const cause = new Error('refused')
    const error = new WaybillError('ERR_NOT_FOUND', 'no topic: create it', { adapter: 'kafka', cause })
    expect(error).toMatchObject({
      message: '[kafka] no topic: create it',
      code: 'ERR_NOT_FOUND',
      adapter: 'kafka',
      cause,
    })
  })

  it('is from waybill itself, without a cause, unless told otherwise', () => {
    const error = new WaybillError('ERR_CONFIG', 'x: y')
    expect(error.message).toBe('[waybill] x: y')
    expect('cause' in error).toBe(false)
  })

  it.each([
    [new DecodeError('x'), 'DecodeError', 'ERR_DECODE'],
    [new InvalidEventError([]), 'InvalidEventError', 'ERR_INVALID_EVENT'],
    [new PublishError('x', []), 'PublishError', 'ERR_PUBLISH'],
    [new TerminalError('x'), 'TerminalError', 'ERR_TERMINAL'],
  ])('is told by its name and code: %s', (error, name, code) => {
    expect(error).toBeInstanceOf(Error)
    expect(error.name).toBe(name)
    expect(codeOf(error)).toBe(code)
  })

  it('of a publish has the first failure as its cause', () => {
    const first = new Error('first')
    expect(new PublishError('x', [{ index: 3, error: first }]).cause).toBe(first)
  })
})

describe('the code of what was thrown', () => {
  it.each([[undefined], [null], ['ERR_X'], [5], [{}], [{ code: 5 }], [new Error('x')]])(
    'is undefined for %p',
    (thrown) => {
      expect(codeOf(thrown)).toBeUndefined()
    },
  )

  it('is that of any object that has one', () => {
    expect(codeOf({ code: 'ECONNRESET' })).toBe('ECONNRESET')
  })
})

describe('the message of what was thrown', () => {
  const circular: Record<string, unknown> = {}
  circular.self = circular

  it.each<[string, unknown, string]>([
    ['an error', new Error('boom'), 'boom'],
    ['an error without a message', new TypeError(), 'TypeError'],
    ['a string', 'boom', 'boom'],
    ['an empty string', '', ''],
    ['undefined', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a number', 5, '5'],
    ['a bigint', 5n, '5'],
    ['a symbol', Symbol('boom'), 'Symbol(boom)'],
    ['an object, which may be data', { card: 4242 }, 'a thrown object: throw an Error that says why'],
    ['an object that contains itself', circular, 'a thrown object: throw an Error that says why'],
    ['an error whose message is an object', Object.assign(new Error('x'), { message: { code: 5 } }), 'Error'],
  ])('is one line for %s', (_, thrown, message) => {
    expect(messageOf(thrown)).toBe(message)
  })

  it('is a text even for an object that resists being looked at', () => {
    const resist = () => {
      throw new Error('no')
    }
    expect(typeof messageOf(new Proxy({}, { get: resist, getPrototypeOf: resist, has: resist }))).toBe(
      'string',
    )
  })
})
