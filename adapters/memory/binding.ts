import type { BindingOptions } from '../core/binding.ts'
import { headerBinding } from '../core/header-binding.ts'

/** Events in memory: attributes in `ce-` headers, data as the body. */
export const memoryBinding = (options?: BindingOptions) =>
  headerBinding({ name: 'memory', prefix: 'ce-' }, options)

/** With every default. */
export const binding = memoryBinding()
