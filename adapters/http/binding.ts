import type { BindingOptions } from '../core/binding.ts'
import { headerBinding } from '../core/header-binding.ts'

const transport = {
  name: 'http',
  prefix: 'ce-',
  foldsCase: true,
  percentEncoded: true,
  quoted: true,
  dataless: 'structured',
} as const

/** Events as HTTP requests and responses carry them (CloudEvents HTTP binding 1.0.2). */
export const httpBinding = (options?: BindingOptions) => headerBinding(transport, options)

/** With every default. */
export const binding = httpBinding()
