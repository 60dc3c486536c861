import { expect, test } from '@jest/globals'
import { tolerateAbsent } from '../../scripts/declarations.ts'

const lines = (...texts: readonly string[]) => texts.join('\n')

test('a declaration compiles where a package that it names is not installed', () => {
  const declaration = lines(
    "import type { Kafka } from 'kafkajs';",
    "import type { Broker } from '../core/broker.ts';",
    'export interface Modules {',
    "    readonly kinesis: () => Promise<typeof import('@aws-sdk/client-kinesis')>;",
    '}',
    "export type { Handler } from '@aws-sdk/client-kinesis/dist-types/handler';",
  )
  expect(tolerateAbsent(declaration, ['kafkajs', '@aws-sdk/client-kinesis'])).toBe(
    lines(
      '// @ts-ignore',
      "import type { Kafka } from 'kafkajs';",
      "import type { Broker } from '../core/broker.ts';",
      'export interface Modules {',
      '// @ts-ignore',
      "    readonly kinesis: () => Promise<typeof import('@aws-sdk/client-kinesis')>;",
      '}',
      '// @ts-ignore',
      "export type { Handler } from '@aws-sdk/client-kinesis/dist-types/handler';",
    ),
  )
})

test('a package that is installed in any case, and one whose name only begins alike, keep their errors', () => {
  const declaration = lines("import type { Logger } from 'pino';", "import type { Nats } from 'nats-extra';")
  expect(tolerateAbsent(declaration, ['nats'])).toBe(declaration)
})
