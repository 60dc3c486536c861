import { md5 } from './md5.ts'

/** The MD5 digest in 32 lower-case hexadecimal digits. */
export function hexDigest(data: Uint8Array): string {
  return Array.from(md5(data), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
