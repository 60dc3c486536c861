import type { BindingOptions } from '../core/binding.ts'
import { bindingOptionNames, bindingOptionsOf, bindingParameters } from '../core/binding-options.ts'
import type { Broker } from '../core/broker.ts'
import type { Adapter } from '../core/connect.ts'
import { createBroker } from '../core/create-broker.ts'
import { WaybillError } from '../core/errors.ts'
import { refuseUnknown } from '../core/known.ts'
import type { Logger } from '../core/observe.ts'
import { memoryBinding } from './binding.ts'
import { type MemoryOptions, memoryDriver } from './driver.ts'

export { binding, memoryBinding } from './binding.ts'
export { type MemoryOptions, memoryDriver } from './driver.ts'

/** A broker inside this process: the default while developing, and the reference for every other. */
export function memory(options: MemoryOptions & BindingOptions = {}, logger?: Logger): Broker {
  check(options)
  return createBroker({
    name: 'memory',
    driver: memoryDriver(options),
    binding: memoryBinding(bindingOptionsOf({ ...options }, 'memory')),
    logger,
    clock: options.clock,
    flushMs: 100,
  })
}

/** `memory://?redelivery=runner&retainCount=0&capacity=1000`. */
export const adapter: Adapter = {
  schemes: ['memory'],
  parameters: {
    redelivery: 'string',
    retainCount: 'number',
    retainMs: 'number',
    capacity: 'number',
    createTopics: 'boolean',
    maxMessageBytes: 'number',
    ...bindingParameters,
  },
  options: ['clock', ...bindingOptionNames],
  open({ address, path, options }, logger) {
    if (address !== '' || path !== '') throw refused('memory:// has no address or path: write memory://')
    return memory(options, logger)
  },
}

function check({ clock, ...limits }: MemoryOptions): void {
  refuseUnknown(limits, [...Object.keys(adapter.parameters), ...bindingOptionNames], 'option', 'memory')
  if (clock !== undefined && (typeof clock.now !== 'function' || typeof clock.after !== 'function')) {
    throw refused('"clock" is no clock: give an object with now() and after(ms, run)')
  }
  checkLimits(limits)
}

function checkLimits({
  redelivery,
  retainCount = 0,
  retainMs = 0,
  capacity = 1,
  maxMessageBytes = 1,
}: Omit<MemoryOptions, 'clock'>): void {
  if (redelivery !== undefined && redelivery !== 'broker' && redelivery !== 'runner') {
    throw refused(`"redelivery" is "${String(redelivery)}": use broker or runner`)
  }
  const least = { retainCount: 0, retainMs: 0, capacity: 1, maxMessageBytes: 1 }
  const given = { retainCount, retainMs, capacity, maxMessageBytes }
  for (const [name, value] of Object.entries(given)) {
    const limit = Object.entries(least).find(([known]) => known === name)?.[1] ?? 0
    if (!(value >= limit)) throw refused(`"${name}" is ${value}: use ${limit} or more`)
  }
}

function refused(message: string): WaybillError {
  return new WaybillError('ERR_CONFIG', message, { adapter: 'memory' })
}
