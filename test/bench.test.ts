import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from '@jest/globals'
import { attributesOf } from '../adapters/core/data.ts'
import { httpBinary } from '../bench/codec/http-wires.ts'
import { encodedOrderEvents, orderEvents } from '../bench/codec/orders.ts'
import { travel } from '../bench/codec/wire.ts'
import { rates, result } from '../bench/measure.ts'

const main = resolve(import.meta.dirname, '../bench/main.ts')

function start(...words: readonly string[]): ChildProcess {
  const env = { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1' }
  const command = ['--import', import.meta.resolve('tsx'), main, ...words]
  return spawn(process.execPath, command, { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 })
}

async function run(...words: readonly string[]) {
  const child = start(...words)
  const { stdout, stderr } = child
  const [out, error, [code]] = await Promise.all([
    stdout === null ? '' : text(stdout),
    stderr === null ? '' : text(stderr),
    once(child, 'close'),
  ])
  return { code, out, error }
}

describe('the bench', () => {
  it('explains itself instead of running', async () => {
    const { code, out, error } = await run('--help')
    expect({ code, error }).toEqual({ code: 0, error: '' })
    expect(out).toContain('Usage: npm run bench -- [options] [name...]')
    expect(out).not.toContain('events/s')
  })

  it.each([
    ['--jsn', "[bench] unknown option '--jsn' (Did you mean --json?)\n"],
    ['cor', '[bench] there is no bench "cor": did you mean "core"?\n'],
  ])('refuses %s', async (word, error) => {
    expect(await run('core', word)).toEqual({ code: 2, out: '', error })
  })

  it('ends quietly when its reader has left', async () => {
    const child = start('core')
    const told = child.stderr === null ? '' : text(child.stderr)
    child.stdout?.destroy()
    const [code] = await once(child, 'close')
    expect({ code, error: await told }).toEqual({ code: 0, error: '' })
  }, 60_000)

  it('measures codecs as it measures all: ours, a reference and their ratio, one JSON object a line', async () => {
    const child = start('codec', '--json')
    const [line] = await once(createInterface({ input: child.stdout ?? new PassThrough() }), 'line')
    child.kill()
    const measured = JSON.parse(line)
    expect(measured).toEqual({
      bench: 'codec',
      case: 'kafka binary: decode and read data, 200 B, against the SDK',
      ours: expect.any(Number),
      reference: expect.any(Number),
      ratio: expect.any(Number),
      unit: 'events/s',
    })
  }, 60_000)
})

describe('a result', () => {
  it('compares the candidates round by round, so that a slow round of both changes nothing', () => {
    expect(result('codec', 'decode', [200, 20, 210], [100, 10, 210])).toEqual({
      bench: 'codec',
      case: 'decode',
      ours: 200,
      reference: 100,
      ratio: 2,
      unit: 'events/s',
    })
    expect(result('codec', 'decode', [300, 30, 3], [100, 20, 1]).ratio).toBe(3)
  })

  it('has a figure of each candidate for each round', async () => {
    const seen: string[] = []
    const candidate = (name: string) => () => seen.push(name)
    const measured = await rates({ a: candidate('a'), b: candidate('b') }, { rounds: 3, roundMs: 0.001 })
    expect(measured.a).toHaveLength(3)
    expect(measured.b).toHaveLength(3)
    expect(seen.slice(-6)).toEqual(['a', 'b', 'b', 'a', 'a', 'b'])
  })
})

describe('the events that codecs are measured with', () => {
  it.each([200, 10_240, 102_400])('have nine attributes and %d bytes of data', (bytes) => {
    for (const event of orderEvents(7, bytes)) {
      expect(Object.keys(attributesOf(event))).toHaveLength(9)
      expect(JSON.stringify(event.data)).toHaveLength(bytes)
    }
  })

  it.each([orderEvents, encodedOrderEvents])('leave nothing to remember of the event before', (make) => {
    const events = make(1000, 200)
    for (const name of ['id', 'time', 'subject', 'data'] as const) {
      expect(new Set(events.map((event) => JSON.stringify(event[name]))).size).toBe(1000)
    }
    for (const name of ['source', 'type', 'region', 'tenant'] as const) {
      for (const [index, event] of events.slice(1).entries())
        expect(event[name]).not.toBe(events[index]?.[name])
    }
  })

  it('are not measured with a codec that reads something else', () => {
    const events = orderEvents(2, 200)
    const forgetful = {
      ...httpBinary,
      decode: (received: Parameters<typeof httpBinary.decode>[0]) => ({
        ...httpBinary.decode(received),
        subject: 'x',
      }),
    }
    expect(() => travel(forgetful, events)).toThrow('customer-0')
    const costly = { ...httpBinary, json: { ...httpBinary.json, parse: () => ({}) } }
    expect(() => travel(costly, events)).toThrow('Expected values to be strictly deep-equal')
    expect(travel(httpBinary, events).received).toHaveLength(2)
  })
})
