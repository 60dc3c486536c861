import { createRequire } from 'node:module'

/** What kafkajs itself writes and reads: the oracle for what is written and read in its place. */
const load = createRequire(import.meta.url)

/** The bytes of a Produce request, version 7. */
export async function produceBytes(asked: object): Promise<Buffer> {
  const request = call(load('kafkajs/src/protocol/requests/produce/v7/request'), asked)
  return bytesOf(await callMember(request, 'encode'))
}

/** What kafkajs would use for a Produce request, to be changed. */
export function produceCreation(asked: object): object {
  const request = call(load('kafkajs/src/protocol/requests/produce/v7/request'), asked)
  return { request, response: {} }
}

/** What kafkajs would use for a Fetch request of version 11. */
export function fetchCreation(): object {
  return {
    request: { apiVersion: 11 },
    response: load('kafkajs/src/protocol/requests/fetch/v11/response'),
  }
}

export async function encodeWith(creation: object): Promise<Buffer> {
  return bytesOf(await callMember(Reflect.get(creation, 'request'), 'encode'))
}

export async function decodeWith(creation: object, payload: Buffer): Promise<unknown> {
  return callMember(Reflect.get(creation, 'response'), 'decode', payload)
}

export function checksum(bytes: Buffer): number {
  return Number(call(load('kafkajs/src/protocol/recordBatch/crc32C'), bytes))
}

function bytesOf(encoder: unknown): Buffer {
  const buffer: unknown =
    typeof encoder === 'object' && encoder !== null ? Reflect.get(encoder, 'buffer') : undefined
  if (!Buffer.isBuffer(buffer)) throw new Error('no encoder')
  return buffer
}

function call(run: unknown, ...given: readonly unknown[]): unknown {
  if (typeof run !== 'function') throw new Error('kafkajs has another layout')
  return run(...given)
}

function callMember(holder: unknown, name: string, ...given: readonly unknown[]): unknown {
  if (typeof holder !== 'object' || holder === null) throw new Error('kafkajs has another layout')
  return call(Reflect.get(holder, name), ...given)
}
