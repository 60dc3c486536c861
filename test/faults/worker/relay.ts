import type { Handler } from '../../../adapters/index.ts'

export const handler: Handler = (event) => event
