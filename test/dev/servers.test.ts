import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createConnection, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { isRunning, type LocalServer, type ServerKind, startServer } from '../../dev/index.ts'
import { freePorts } from '../../dev/port.ts'
import { recipes } from '../../dev/recipes.ts'
import { rejectionOf } from '../core/events.ts'
import { describeWith } from './available.ts'

const kinds: readonly ServerKind[] = ['nats', 'kafka']

function connects(address: string): Promise<boolean> {
  const [host = '', port] = address.split(':')
  return new Promise((resolve) => {
    const socket = createConnection({ host, port: Number(port) })
    const end = (is: boolean) => {
      socket.destroy()
      resolve(is)
    }
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
  })
}

/** The first line that a NATS server says. */
async function greetingOf(address: string): Promise<readonly string[]> {
  const [host = '', port] = address.split(':')
  const socket = createConnection({ host, port: Number(port) })
  try {
    const [first] = await once(socket, 'data')
    return String(first).split('\r\n')
  } finally {
    socket.destroy()
  }
}

for (const kind of kinds) {
  await describeWith(kind, `a local ${kind} server`, () => {
    let server: LocalServer
    beforeAll(async () => {
      server = await startServer(kind)
    }, 120_000)
    afterAll(() => server.stop())

    it('listens where it says, and says where it writes', async () => {
      expect(await connects(server.address)).toBe(true)
      expect(server.urls[0]).toBe(`${kind}://${server.address}`)
      expect(server.version).toMatch(/^\d+\.\d+\.\d+/)
      expect(existsSync(server.logFile ?? '')).toBe(true)
    })

    it('killed is gone, and restarted is back at the same address', async () => {
      const before = server.pid
      await server.kill()
      expect([isRunning(before ?? 0), await connects(server.address)]).toEqual([false, false])
      await server.restart()
      expect(server.pid).not.toBe(before)
      expect(await connects(server.address)).toBe(true)
    }, 60_000)

    it('stopped leaves no process and no files, and cannot be restarted', async () => {
      const other = await startServer(kind)
      const { pid = 0, folder = '' } = other
      await Promise.all([other.stop(), other.stop()])
      expect([isRunning(pid), existsSync(folder)]).toEqual([false, false])
      expect(await rejectionOf(other.restart())).toMatchObject({ code: 'ERR_CLOSED' })
    }, 60_000)
  })
}

/** The first port that is given belongs to this; those after it are free. */
async function takenPort() {
  const owner = createServer((socket) => socket.end()).listen(0, '127.0.0.1')
  await once(owner, 'listening')
  const address = owner.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  let asked = 0
  const findPorts = (count: number) => (asked++ === 0 ? Promise.resolve([port, port]) : freePorts(count))
  return { port, findPorts, [Symbol.asyncDispose]: async () => void owner.close() }
}

for (const kind of ['nats', 'pubsub'] as const)
  await describeWith(kind, `${kind}, whose port is taken before it has it`, () => {
    it('starts on another', async () => {
      await using first = await takenPort()
      const server = await startServer(kind, {}, first.findPorts)
      try {
        expect(server.address).not.toBe(`127.0.0.1:${first.port}`)
        expect(await connects(server.address)).toBe(true)
      } finally {
        await server.stop()
      }
    }, 60_000)
  })

describe('a server that somebody else runs', () => {
  const { variable } = recipes.nats

  async function withVariable(value: string, run: () => Promise<void>): Promise<void> {
    const before = process.env[variable]
    process.env[variable] = value
    try {
      await run()
    } finally {
      if (before === undefined) Reflect.deleteProperty(process.env, variable)
      else process.env[variable] = before
    }
  }

  it('is taken as the environment names it, and is not ours to stop', () =>
    withVariable('broker.example:4222', async () => {
      const server = await startServer('nats')
      expect([server.address, server.urls, server.pid]).toEqual([
        'broker.example:4222',
        ['nats://broker.example:4222', 'jetstream://broker.example:4222'],
        undefined,
      ])
      await server.stop()
      expect(await rejectionOf(server.kill())).toMatchObject({
        code: 'ERR_UNSUPPORTED',
        message: expect.stringContaining(`unset ${variable}`),
      })
    }))

  it.each(['nats://a:4222', 'a', 'user:secret@a:4222', ''])(
    'named as %j is refused, or ignored where empty',
    (value) =>
      withVariable(value, async () => {
        if (value === '') return
        const error = await rejectionOf(startServer('nats'))
        expect(error).toMatchObject({
          code: 'ERR_CONFIG',
          message: `[brokers] ${variable} is no host:port: set it to one, without a scheme`,
        })
      }),
  )
})

await describeWith('nats', 'a nats-server on the PATH', () => {
  it.each([
    ['2.10.29', false],
    ['2.11.0', true],
  ])(
    'of version %s is taken where it keeps the order of a group: %p',
    async (version, isTaken) => {
      const folder = mkdtempSync(join(tmpdir(), 'waybill-path-'))
      const { PATH = '' } = process.env
      try {
        writeFileSync(join(folder, 'nats-server'), `#!/bin/sh\necho nats-server: v${version}\n`, {
          mode: 0o755,
        })
        process.env.PATH = `${folder}${delimiter}${PATH}`
        const { defaultVersion, install } = recipes.nats
        const installed = await install(defaultVersion, () => {})
        expect(installed.version === version).toBe(isTaken)
      } finally {
        process.env.PATH = PATH
        rmSync(folder, { recursive: true })
      }
    },
    60_000,
  )
})

await describeWith('nats', 'a server with settings of its own', () => {
  it('has them, over ours, and is started also where the environment names another', async () => {
    const before = process.env.WAYBILL_NATS
    process.env.WAYBILL_NATS = 'broker.example:4222'
    try {
      const server = await startServer('nats', { settings: { max_payload: 12_345, server_name: 'ours' } })
      const [line] = await greetingOf(server.address)
      await server.stop()
      expect(JSON.parse(String(line).replace(/^INFO /, ''))).toMatchObject({
        max_payload: 12_345,
        server_name: 'ours',
      })
    } finally {
      if (before === undefined) Reflect.deleteProperty(process.env, 'WAYBILL_NATS')
      else process.env.WAYBILL_NATS = before
    }
  }, 30_000)

  it('is refused where its kind takes none', async () => {
    const error = await rejectionOf(startServer('nats', { layout: ['--add-scram'] }))
    expect(error).toMatchObject({
      code: 'ERR_UNSUPPORTED',
      message: '[brokers] nats takes no "layout": leave it out',
    })
  })
})

describe('a recipe', () => {
  it.each(Object.values(recipes))('of $kind is named and known as the documentation tells', (recipe) => {
    const text = readFileSync('docs/local-brokers.md', 'utf8')
    for (const name of [recipe.kind, recipe.variable, recipe.vendorVariable ?? ''])
      expect(text).toContain(name)
  })
})
