import { InvalidOptionsError } from '@oarlock/runtime'
import { describe, expect, it } from 'vitest'
import { completeOptions, defaultName, type RedisElectionOptions } from './options.ts'

const redis = 'redis://127.0.0.1:1'
const complete = (options: object) => completeOptions({ redis, ...options } as RedisElectionOptions)

describe('the options of an election', () => {
  it('need only a Redis, and have defaults', () => {
    const { config, prefix, forgetAfter, generationTimeout, expected } = complete({})
    expect(config).toMatchObject({
      electionTimeout: 400,
      heartbeatInterval: 100,
      electionOnly: true,
      lease: true,
    })
    expect({ prefix, forgetAfter, generationTimeout, expected }).toEqual({
      prefix: 'oarlock',
      forgetAfter: 4000,
      generationTimeout: 2000,
      expected: null,
    })
  })

  it('get a new id at each start', () => {
    const [one, two] = [complete({ name: 'api' }), complete({ name: 'api' })]
    expect(one.config.id).toMatch(/^api~[0-9a-f]{8}$/)
    expect(one.config.id).not.toBe(two.config.id)
  })

  it('take names in any script, and make one of any host', () => {
    expect(complete({ name: 'büro-pc' }).config.id).toMatch(/^büro-pc~[0-9a-f]{8}$/)
    expect(complete({ name: '東京_1' }).config.id).toMatch(/^東京_1~/)
    expect(defaultName('büro-pc')).toBe('büro-pc')
    expect(defaultName("Ann's Mac (2)")).toBe('Ann-s-Mac--2-')
    expect(defaultName('')).toBe('instance')
    expect(complete({ name: defaultName('x'.repeat(200)) }).config.id).toHaveLength(50 + 9)
  })

  it.each([
    [/^unknown option 'prefx': did you mean 'prefix'\?$/, { prefx: 'x' }],
    [/^electionTimeout: '400' is text: write the number 400$/, { electionTimeout: '400' }],
    [/^logger must be an object with the methods debug, info, warn and error/, { logger: { info() {} } }],
    [/^redis must be a URL, options of ioredis, or a client of ioredis or node-redis$/, { redis: ['h'] }],
    [/^secret must be text that is not empty, or a list of two during a rotation$/, { secret: ['one'] }],
    [/^secret must be text that is not empty/, { secret: ['one', ''] }],
  ])('are refused with one line: %s', (message, options) => {
    expect(() => complete(options)).toThrow(message)
  })

  it.each([
    ['redis', { redis: undefined }],
    ['prefix', { prefix: '' }],
    ['prefix', { prefix: 'a{b}' }],
    ['name', { name: 'white space' }],
    ['secret', { secret: '' }],
    ['expected', { expected: 0 }],
    ['expected', { expected: 2.5 }],
    ['electionTimeout', { electionTimeout: Number.NaN }],
    ['forgetAfter', { forgetAfter: 700 }],
    ['generationTimeout', { generationTimeout: 700 }],
    ['generationTimeout', { generationTimeout: Number.POSITIVE_INFINITY }],
    ['priority', { priority: 101 }],
    ['drainTimeout', { drainTimeout: -1 }],
    ['shutdownSignals', { shutdownSignals: ['SIGKILL'] }],
  ])('are refused with an error that names the option: %s', (name, options) => {
    expect(() => complete(options)).toThrow(InvalidOptionsError)
    expect(() => complete(options)).toThrow(new RegExp(name))
  })
})
