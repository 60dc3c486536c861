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
    ['rnu', "unknown command 'rnu': did you mean run?"],
    ['check --jsn', "unknown option '--jsn': did you mean --json?"],
    ['something', "unknown command 'something': waybill --help tells what there is"],
    ['build', "required option '--host <host>' not specified: waybill build --help tells what there is"],
    ['synth kinesis kafka', "too many arguments for 'synth': expected 1 argument but got 2"],
    ['brokers up kafak', 'there is no broker "kafak" to start: did you mean "kafka"?'],
    ['synth kinesi', 'there is no platform "kinesi": did you mean "kinesis"?'],
    [
      'check -c nowhere.ts',
      /^no configuration file nowhere\.ts in .*: correct the path given with --config$/,
    ],
    ['emit', "missing required argument 'topic': waybill emit --help tells what there is"],
    [
      'run --port x',
      "option '--port <number>' argument 'x' is invalid: it must be a port, from 0 to 65535; 0 is any that is free",
    ],
    [
      'run --every 0',
      "option '--every <seconds>' argument '0' is invalid: it must be a number of seconds above 0",
    ],
  ])('refuses %s with exit code 2', async (words, message) => {
    const { code, stdout, stderr } = await waybill(...words.split(' '))
    expect([code, stdout]).toEqual([2, ''])
    const [, told] = /^\[waybill\] (.*)\n$/.exec(stderr) ?? []
    if (typeof message === 'string') expect(told).toBe(message)
    else expect(told).toMatch(message)
  })
})
