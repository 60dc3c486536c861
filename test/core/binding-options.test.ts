import { describe, expect, it } from '@jest/globals'
import { bindingOptionsOf } from '../../adapters/core/binding-options.ts'
import { headerBinding } from '../../adapters/core/header-binding.ts'
import { httpBinding } from '../../adapters/http/binding.ts'
import { type Binding, connect } from '../../adapters/index.ts'
import { kafkaBinding } from '../../adapters/kafka/binding.ts'
import { kinesisBinding } from '../../adapters/kinesis/binding.ts'
import { memoryBinding } from '../../adapters/memory/binding.ts'
import { memory } from '../../adapters/memory/index.ts'
import { jetstreamBinding, natsBinding } from '../../adapters/nats/binding.ts'
import { pubsubBinding } from '../../adapters/pubsub/binding.ts'
import { rejectionOf, thrownBy } from './events.ts'

describe('options of a binding', () => {
  it('are picked from those of an adapter', () => {
    const raw = () => {
      throw new Error('unused')
    }
    const options = {
      mode: 'binary',
      strict: true,
      sniff: false,
      raw,
      rawSource: 'kafka://a/',
      strip: ['a'],
    } as const
    expect(bindingOptionsOf({ ...options, extensions: { n: 'Integer' }, clientId: 'x' }, 'kafka')).toEqual({
      ...options,
      extensions: { n: 'Integer' },
    })
    expect(bindingOptionsOf({}, 'kafka').mode).toBeUndefined()
  })

  it.each([
    [{ mode: 'text' }, 'option "mode" is not valid: use auto, binary, structured'],
    [{ strict: 'yes' }, 'option "strict" is not valid: use true or false'],
    [{ sniff: 1 }, 'option "sniff" is not valid: use true or false'],
    [{ raw: 'drop' }, 'option "raw" is not valid: use accept, reject or a function'],
    [
      { rawSource: 'a b' },
      'option "rawSource" is not valid: use the beginning of a URI, such as kafka://orders-cluster/',
    ],
    [
      { rawSource: '' },
      'option "rawSource" is not valid: use the beginning of a URI, such as kafka://orders-cluster/',
    ],
    [
      { extensions: { A: 'Integer' } },
      'option "extensions" is not valid: use names of a-z and 0-9 with String',
    ],
    [{ extensions: { id: 'Integer' } }, 'option "extensions" is not valid'],
    [{ extensions: { n: 'Float' } }, 'option "extensions" is not valid'],
    [{ extensions: ['n'] }, 'option "extensions" is not valid'],
    [{ strip: 'kafkaoffset' }, 'option "strip" is not valid: use a list of extension names'],
    [{ strip: ['id'] }, 'option "strip" is not valid: use a list of extension names'],
  ])('%j is refused, with what would be right', (options, message) => {
    expect(thrownBy(() => bindingOptionsOf(options, 'kafka'))).toMatchObject({
      code: 'ERR_CONFIG',
      message: expect.stringContaining(`[kafka] ${message}`),
    })
  })
})

describe('a broker URL', () => {
  it('holds how events are written and read', async () => {
    const broker = await connect('memory://?mode=structured&strict=true')
    const event = { specversion: '1.0', id: '1', source: '/s', type: 't' }
    expect(broker.binding.encode(event).headers).toHaveProperty('content-type')
    expect(() => broker.binding.decode({ body: null, headers: {} }, { topic: 't', position: '1' })).toThrow(
      'not a CloudEvent',
    )
    await broker.close()
  })

  it('names a wrong value', async () => {
    expect(await rejectionOf(connect('memory://?mode=text'))).toMatchObject({
      message: '[memory] option "mode" is not valid: use auto, binary, structured',
    })
    expect(await rejectionOf(connect('memory://?extensions=n'))).toMatchObject({ code: 'ERR_CONFIG' })
  })

  it('has options that only a configuration holds', async () => {
    const raw = () => ({ specversion: '1.0', id: '1', source: '/s', type: 'own' })
    const broker = await connect({ url: 'memory://?strict=true', raw })
    expect(broker.binding.decode({ body: null, headers: {} }, { topic: 't' }).type).toBe('own')
    await broker.close()
    const other = memory({ strip: ['x'], extensions: { n: 'Integer' } })
    const headers = {
      'ce-specversion': '1.0',
      'ce-id': '1',
      'ce-source': '/s',
      'ce-type': 't',
      'ce-n': '5',
      'ce-x': 'y',
    }
    expect(other.binding.decode({ body: null, headers })).toMatchObject({ n: 5 })
    expect(other.binding.decode({ body: null, headers })).not.toHaveProperty('x')
    await other.close()
  })
})

describe('a binding made by itself', () => {
  const transport = { name: 'test', prefix: 'ce-' }

  it('refuses wrong values as a broker does', () => {
    const options: object = { strict: 'false' }
    expect(() => headerBinding(transport, options)).toThrow('option "strict" is not valid: use true or false')
  })

  it.each([
    { name: 'kafka', bindingOf: kafkaBinding, option: 'modee', words: 'did you mean "mode"?' },
    { name: 'kafka', bindingOf: kafkaBinding, option: 'tombstone', words: 'did you mean "tombstones"?' },
    {
      name: 'pubsub',
      bindingOf: pubsubBinding,
      option: 'contentTypeforGo',
      words: 'did you mean "contentTypeForGo"?',
    },
    { name: 'kinesis', bindingOf: kinesisBinding, option: 'stric', words: 'did you mean "strict"?' },
    { name: 'http', bindingOf: httpBinding, option: 'rawSorce', words: 'did you mean "rawSource"?' },
    {
      name: 'http',
      bindingOf: httpBinding,
      option: 'tombstones',
      words: 'use mode, strict, sniff, raw, rawSource, extensions, strip',
    },
    { name: 'nats', bindingOf: natsBinding, option: 'strips', words: 'did you mean "strip"?' },
    {
      name: 'jetstream',
      bindingOf: jetstreamBinding,
      option: 'extension',
      words: 'did you mean "extensions"?',
    },
    { name: 'memory', bindingOf: memoryBinding, option: 'snif', words: 'did you mean "sniff"?' },
  ])('of $name refuses the unknown option $option', ({ name, bindingOf, option, words }) => {
    const options: object = { [option]: true }
    expect(thrownBy(() => bindingOf(options))).toMatchObject({
      code: 'ERR_CONFIG',
      message: `[${name}] unknown option "${option}": ${words}`,
    })
  })

  it('takes the options that only it has, and refuses their wrong values', () => {
    expect(kafkaBinding({ tombstones: true, restorePartitionKey: false, strict: true }).name).toBe('kafka')
    expect(pubsubBinding({ contentTypeForGo: true, rawData: 'bare', project: 'p' }).name).toBe('pubsub')
    const wrong: readonly (readonly [(options: object) => Binding, object, string])[] = [
      [kafkaBinding, { tombstones: 'false' }, '[kafka] option "tombstones" is not valid: use true or false'],
      [pubsubBinding, { project: 5 }, '[pubsub] option "project" is not valid: use a text'],
      [pubsubBinding, { rawData: 'all' }, '[pubsub] option "rawData" is not valid: use message or bare'],
    ]
    for (const [bindingOf, options, message] of wrong)
      expect(thrownBy(() => bindingOf(options))).toMatchObject({ code: 'ERR_CONFIG', message })
  })

  it('refuses a mode that is none, also of one call', () => {
    const event = { specversion: '1.0', id: '1', source: '/s', type: 't' }
    const options: object = { mode: 'strutured' }
    expect(() => headerBinding(transport, options)).toThrow('option "mode" is not valid')
    expect(() => headerBinding(transport).encode(event, options)).toThrow(
      'mode "strutured" is unknown: use auto, binary, structured',
    )
  })
})
