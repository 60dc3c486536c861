import { headerBinding } from '../core/header-binding.ts'

/** Events in memory: attributes in `ce-` headers, data as the body. */
export const binding = headerBinding({ name: 'memory', prefix: 'ce-' })
