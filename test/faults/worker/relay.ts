import type { Handler } from '../../../adapters/index.ts'
import { marked } from '../attempt.ts'

export const handler: Handler = marked
