import { describe, expect, test } from '@jest/globals'
import { waybill } from './command-line.ts'

describe('the command line', () => {
  test.each([
    ['--version', [/^\d+\.\d+\.\d+\n$/]],
    ['--help', [/^Usage: waybill /, /^ {2}run /m, /^ {2}emit /m, /^ {2}check /m]],
    ['emit t --help', [/^Usage: waybill emit /, /--broker <name=url>/, /--config <file>/]],
  ])('answers %s', async (words, patterns) => {
    const { code, stdout, stderr } = await waybill(...words.split(' '))
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    for (const pattern of patterns) expect(stdout).toMatch(pattern)
  })

  test.each([
    ['rnu', "unknown command 'rnu' (Did you mean run?)"],
    ['check --jsn', "unknown option '--jsn' (Did you mean --json?)"],
    ['emit', "missing required argument 'topic'"],
    [
      'run --port x',
      "option '--port <number>' argument 'x' is invalid. It must be a port, from 0 to 65535; 0 is any that is free.",
    ],
    [
      'run --every 0',
      "option '--every <seconds>' argument '0' is invalid. It must be a number of seconds above 0.",
    ],
  ])('refuses %s with exit code 2', async (words, message) => {
    expect(await waybill(...words.split(' '))).toEqual({
      code: 2,
      stdout: '',
      stderr: `[waybill] ${message}\n`,
    })
  })
})
