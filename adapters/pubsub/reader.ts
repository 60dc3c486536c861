import type { Binding } from '../core/binding.ts'
import { WaybillError } from '../core/errors.ts'
import { headerBinding } from '../core/header-binding.ts'
import type { HeaderTransport } from '../core/header-transport.ts'
import type { PubsubBindingOptions } from './options.ts'
import { pubsubRaw } from './raw.ts'
import { type Unwrap, unwrapperOf } from './unwrap.ts'

export const name = 'pubsub'

/** The part of a binding that reads: what is pushed is only read, and a function that is small starts sooner. */
export type Reader = Pick<Binding, 'decode'>

/** Where events are in a message. Throws `ERR_CONFIG` for options out of range. */
export function transportOf(options: PubsubBindingOptions): HeaderTransport {
  const { rawData = 'message' } = options
  if (rawData !== 'message' && rawData !== 'bare')
    throw new WaybillError('ERR_CONFIG', 'option "rawData" is not valid: use message or bare', {
      adapter: name,
    })
  const contentType = ['content-type', 'ce-datacontenttype']
  return {
    name,
    prefix: 'ce-',
    contentType: options.contentTypeForGo ? [...contentType, 'Content-Type'] : contentType,
    contentTypeFrom: ['content-type', 'Content-Type', 'ce-datacontenttype'],
    emptyIsNone: true,
    options: { contentTypeForGo: 'boolean', rawData: 'string', project: 'string' },
    raw: pubsubRaw(options),
  }
}

/** Reads messages as the binding of these options does. */
export function pubsubReader(options: PubsubBindingOptions = {}): Reader {
  return headerBinding(transportOf(options), options)
}

/** {@link unwrapperOf} for a binding with options. */
export function pubsubUnwrapper(options: PubsubBindingOptions = {}): Unwrap {
  return unwrapperOf((raw) => pubsubReader({ ...options, raw }))
}
