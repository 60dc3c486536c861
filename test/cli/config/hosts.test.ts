import { describe, expect, test } from '@jest/globals'
import { resolveConfig } from '../../../cli/config/index.ts'
import { refusal, withFunction } from './refusal.ts'

describe('the settings of hosts', () => {
  test('are those that each host has', () => {
    const hosts = {
      'lambda-kinesis': { order: 'key', marginMs: 2_000, partialResponses: false },
      'lambda-kafka': { marginMs: 0 },
      http: {
        authentication: { audience: 'https://f.example', serviceAccount: 'push@p.example' },
        handshake: { allowedOrigins: ['eventgrid.azure.net'] },
        drainMs: 5_000,
      },
    }
    expect(resolveConfig(withFunction({ hosts })).functions[0]?.hosts).toEqual(hosts)
    expect(resolveConfig(withFunction({})).functions[0]?.hosts).toBeUndefined()
  })

  test.each([
    [{ lambda: {} }, 'functions.f.hosts: unknown key "lambda": did you mean "lambda-kafka"?'],
    [{ worker: {} }, 'functions.f.hosts: unknown key "worker": use lambda-kinesis, lambda-kafka, http'],
    [
      { 'lambda-kafka': { order: 'key' } },
      'functions.f.hosts.lambda-kafka: "order" is a setting of lambda-kinesis: leave it out, lambda-kafka has marginMs, partialResponses',
    ],
    [
      { http: { marginMs: 1_000 } },
      'functions.f.hosts.http: "marginMs" is a setting of lambda-kinesis, lambda-kafka: leave it out, http has authentication, maxBytes, maxHeaderBytes, handshake, requestTimeoutMs, drainMs',
    ],
    [
      { 'lambda-kinesis': { margin: 1 } },
      'functions.f.hosts.lambda-kinesis: unknown key "margin": did you mean "marginMs"?',
    ],
    [
      { 'lambda-kinesis': { order: 'stream' } },
      "functions.f.hosts.lambda-kinesis.order: is a text: give 'shard' or 'key'",
    ],
    [
      { 'lambda-kinesis': { marginMs: -1 } },
      'functions.f.hosts.lambda-kinesis.marginMs: is out of range: give a number of milliseconds, 0 or more',
    ],
    [
      { 'lambda-kafka': { partialResponses: 'no' } },
      'functions.f.hosts.lambda-kafka.partialResponses: is a text: give true or false',
    ],
    [
      { http: { authentication: 'google' } },
      "functions.f.hosts.http.authentication: is another text: give 'platform', 'none', or { audience, serviceAccount }",
    ],
    [
      { http: { authentication: { audience: 'https://f.example' } } },
      'functions.f.hosts.http.authentication.serviceAccount: missing: give the e-mail address of the service account of the push subscription',
    ],
    [
      { http: { handshake: {} } },
      "functions.f.hosts.http.handshake.allowedOrigins: missing: give a list of DNS names, or '*'",
    ],
  ])('are refused as %j', (hosts, message) => {
    expect(refusal(withFunction({ hosts }))).toBe(message)
  })
})

describe('idempotency', () => {
  const resolved = (store: unknown, brokers: object = { main: 'memory://' }) =>
    resolveConfig({ ...withFunction({ idempotency: { store } }), brokers }).functions[0]?.idempotency?.store

  test('is noted in memory, in a table, or in a bucket of the broker of the source', () => {
    expect(resolved('memory')).toBe('memory')
    expect(resolved({ table: 'handled', region: 'eu-west-1' })).toEqual({
      table: 'handled',
      region: 'eu-west-1',
    })
    expect(resolved({ bucket: 'handled' })).toEqual({ bucket: 'handled', broker: 'main' })
    const notes = { main: 'kinesis://', notes: 'nats://localhost' }
    expect(resolved({ bucket: 'handled', broker: 'notes' }, notes)).toEqual({
      bucket: 'handled',
      broker: 'notes',
    })
  })

  test.each([
    [
      {},
      "functions.f.idempotency.store: missing: give 'memory', { table } of DynamoDB, or { bucket } of NATS",
    ],
    [
      { store: 'dynamodb' },
      "functions.f.idempotency.store: is another text: give 'memory', { table } of DynamoDB, or { bucket } of NATS",
    ],
    [
      { store: { table: 'handled', regoin: 'r' } },
      'functions.f.idempotency.store: unknown key "regoin": did you mean "region"?',
    ],
    [
      { store: 'memory', leaseMs: 999 },
      'functions.f.idempotency.leaseMs: is out of range: give a number of milliseconds, 1000 or more',
    ],
    [
      { store: 'memory', leaseMs: 5_000, keepMs: 4_999 },
      'functions.f.idempotency.keepMs: is below "leaseMs", by default 30000: give as much or more, a claim must not outlast its note',
    ],
    [{ store: 'memory', lease: 1 }, 'functions.f.idempotency: unknown key "lease": did you mean "leaseMs"?'],
    [
      { store: { table: 'handled events' } },
      'functions.f.idempotency.store.table: is no name of a table: give 3 to 255 of a-z, A-Z, 0-9, "_", "-" and ".", or an ARN',
    ],
    [
      { store: { table: 'handled', endpoint: 'localhost:8000' } },
      'functions.f.idempotency.store.endpoint: is no URL: give one such as http://localhost:8000',
    ],
    [
      { store: { bucket: 'handled.events' } },
      'functions.f.idempotency.store.bucket: is no name of a bucket: give some of a-z, A-Z, 0-9, "_" and "-"',
    ],
    [
      { store: { bucket: 'b', broker: 'nots' } },
      'functions.f.idempotency.store.broker: there is no broker "nots": use main',
    ],
  ])('is refused as %j', (idempotency, message) => {
    expect(refusal(withFunction({ idempotency }))).toBe(message)
  })

  test('has no bucket on a broker that has none', () => {
    const config = withFunction({ idempotency: { store: { bucket: 'handled' } } })
    expect(refusal({ ...config, brokers: { main: 'kinesis://' } })).toBe(
      'functions.f.idempotency.store: broker "main" is kinesis://, which has no key-value buckets: ' +
        'name one of jetstream:// or nats://, or give { table }',
    )
  })
})
