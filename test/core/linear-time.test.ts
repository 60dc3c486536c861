import { describe, expect, it } from '@jest/globals'
import {
  isAttributeName,
  isBase64,
  isCloudEventsString,
  isJsonMediaType,
  isMediaType,
  isTextMediaType,
  isTimestamp,
  isUri,
  isUriReference,
} from '../../adapters/core/rules.ts'
import { growth, quadratic } from '../fastest.ts'
import type { Predicate } from './predicate.ts'

describe('time on long texts', () => {
  const shapes: readonly (readonly [name: string, holds: Predicate, shape: (size: number) => string])[] = [
    ['isAttributeName', isAttributeName, (size) => 'a'.repeat(size)],
    ['isCloudEventsString', isCloudEventsString, (size) => 'a'.repeat(size)],
    ['isCloudEventsString with a late fault', isCloudEventsString, (size) => `${'a'.repeat(size)}\n`],
    ['isCloudEventsString beyond ASCII', isCloudEventsString, (size) => '😀é'.repeat(size / 3)],
    ['isUriReference', isUriReference, (size) => `/${'a/'.repeat(size / 2)}`],
    ['isUriReference of one segment', isUriReference, (size) => 'a'.repeat(size)],
    ['isUriReference with triplets', isUriReference, (size) => `${'%41'.repeat(size / 3)}%`],
    ['isUriReference with many colons', isUriReference, (size) => `a${':'.repeat(size)}`],
    ['isUriReference with a long userinfo', isUriReference, (size) => `//${'a:'.repeat(size / 2)}@[`],
    ['isUriReference with a long address', isUriReference, (size) => `//[${'1:'.repeat(size / 2)}]`],
    ['isUriReference with a long future address', isUriReference, (size) => `//[v1.${'a'.repeat(size)}/]`],
    ['isUri', isUri, (size) => `urn:${'a'.repeat(size)}`],
    ['isUri with a long scheme', isUri, (size) => `${'a'.repeat(size)}:`],
    ['isTimestamp', isTimestamp, (size) => `2026-01-31T12:00:00.${'1'.repeat(size)}Z`],
    ['isMediaType', isMediaType, (size) => `a/b${';a=b'.repeat(size / 4)}`],
    ['isMediaType with spaces', isMediaType, (size) => `a/b;${' '.repeat(size)}x`],
    ['isMediaType with semicolons', isMediaType, (size) => `a/b${'; '.repeat(size / 2)}x`],
    ['isMediaType with quotes', isMediaType, (size) => `a/b;a="${'\\"'.repeat(size / 2)}`],
    ['isJsonMediaType', isJsonMediaType, (size) => `a/${'+json'.repeat(size / 5)}x`],
    ['isTextMediaType', isTextMediaType, (size) => `a/${'+xml'.repeat(size / 4)}x`],
    ['isBase64', isBase64, (size) => 'A'.repeat(size)],
    ['isBase64 with a late fault', isBase64, (size) => `${'A'.repeat(size)}=A==`],
  ]

  it.each(shapes)('grows with the length and no faster: %s', (_name, holds, shape) => {
    expect(growth(holds, shape, 1_048_576)).toBeLessThan(quadratic)
  })
})
