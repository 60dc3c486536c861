import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from '@jest/globals'
import { root } from '../architecture/tree.ts'

/** Prints by how many bytes the heap grew while a binding read and wrote names of 100 000 characters. */
const script = `
  import { headerBinding } from './adapters/core/header-binding.ts'
  const binding = headerBinding({ name: 'test', prefix: 'ce-' })
  async function used() {
    for (let i = 0; i < 3; i++) { await new Promise((resolve) => setTimeout(resolve, 5)); gc() }
    return process.memoryUsage().heapUsed
  }

  const required = { specversion: '1.0', id: '1', source: '/s', type: 't' }
  const headers = Object.fromEntries(Object.entries(required).map(([name, value]) => ['ce-' + name, value]))
  const before = await used()
  for (let n = 0; n < 300; n++) {
    const name = 'x' + n + Buffer.alloc(100_000, 97).toString('latin1')
    binding.decode({ body: null, headers: { ...headers, ['ce-' + name]: '' } })
    binding.encode({ ...required, [name]: '' })
  }
  console.log(await used() - before)`

/** Prints by how many bytes the heap grew while a binding wrote types and sources that were cut out of 100 000 characters. */
const cutting = `
  import { headerBinding } from './adapters/core/header-binding.ts'
  const binding = headerBinding({ name: 'test', prefix: 'ce-' })
  async function used() {
    for (let i = 0; i < 3; i++) { await new Promise((resolve) => setTimeout(resolve, 5)); gc() }
    return process.memoryUsage().heapUsed
  }

  binding.encode({ specversion: '1.0', id: '1', source: '/s', type: 't' })
  const before = await used()
  for (let n = 0; n < 100; n++) {
    const line = 'com.example.placed.' + n + ',/orders/of/example/' + n + ',' + Buffer.alloc(100_000, 97).toString('latin1')
    const [type, source] = line.split(',')
    binding.encode({ specversion: '1.0', id: '1', source, type })
  }
  console.log(await used() - before)
  binding.encode({ specversion: '1.0', id: '1', source: '/s', type: 't' })`

async function printed(script: string): Promise<string> {
  const flags = ['--expose-gc', '--import', 'tsx', '--input-type=module', '--eval', script]
  const { stdout } = await promisify(execFile)(process.execPath, flags, {
    cwd: root,
    env: { PATH: process.env.PATH },
  })
  expect(stdout).toMatch(/^-?\d+\n$/)
  return stdout
}

it('header names of strangers are not remembered for ever, however long they are', async () => {
  // Kept for each, the names would be 30 MB, and as much again for writing.
  expect(Number(await printed(script))).toBeLessThan(5_000_000)
})

it('types and sources that are remembered do not keep the text that they were cut out of', async () => {
  // Kept, the texts would be 10 MB.
  expect(Number(await printed(cutting))).toBeLessThan(5_000_000)
})
