import { readFile } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { isRecord } from '../../adapters/core/is-record.ts'
import { messageOf, WaybillError } from '../../adapters/index.ts'
import { checkInput } from '../input-file.ts'

/** The JSON of a captured event; `-` is standard input. Throws `ERR_INPUT` where there is no file and where it holds no JSON. */
export async function readEvent(file: string, input: Readable = process.stdin): Promise<unknown> {
  if (file === '-') return parsed(await text(input), 'standard input')
  checkInput(file, '--event')
  const written = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw refused(`${file} cannot be read: ${messageOf(cause)}`, cause)
  })
  return parsed(written, file)
}

function parsed(written: string, place: string): unknown {
  try {
    return JSON.parse(written)
  } catch (cause) {
    const fault = written.trim() === '' ? 'is empty' : 'is no JSON'
    throw refused(`${place} ${fault}: give the event as the platform logged it`, cause)
  }
}

const types = {
  batch: 'application/cloudevents-batch+json',
  event: 'application/cloudevents+json',
  other: 'application/json',
}

/**
 * The request that a file describes: `{ headers, body }`, where a body that is no text is sent as JSON, or the JSON of a body
 * alone, which is then a batch, one CloudEvent or a push.
 */
export function requestOf(event: unknown): Request {
  const { headers, body } = isRequest(event) ? event : { headers: {}, body: event }
  const content = typeof body === 'string' || body === undefined ? body : JSON.stringify(body)
  const request = new Request('http://localhost/', {
    method: 'POST',
    headers: flat(headers),
    body: content ?? null,
  })
  if (!Object.keys(headers).some((name) => name.toLowerCase() === 'content-type'))
    request.headers.set('content-type', typeOf(body))
  return request
}

interface Described {
  readonly headers: Readonly<Record<string, unknown>>
  readonly body?: unknown
}

function isRequest(event: unknown): event is Described {
  return isRecord(event) && isRecord(event.headers)
}

function flat(headers: Described['headers']): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
}

function typeOf(body: unknown): string {
  if (Array.isArray(body)) return types.batch
  return isRecord(body) && 'specversion' in body ? types.event : types.other
}

function refused(message: string, cause?: unknown): WaybillError {
  return new WaybillError('ERR_INPUT', message, { cause })
}
