import { InvalidOptionsError } from 'oarlock'
import { describe, expect, it } from 'vitest'
import { completeOptions, type RedisElectionOptions } from './options.ts'

const redis = 'redis://127.0.0.1:1'
const settle = (options: object) => completeOptions({ redis, ...options } as RedisElectionOptions)

describe('the options of an election', () => {
  it('are few: a Redis, and the rest by default', () => {
    const { config, prefix, forgetAfter, generationTimeout, expected } = settle({})
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

  it('make an id that no other start has', () => {
    const [one, two] = [settle({ name: 'api' }), settle({ name: 'api' })]
    expect(one.config.id).toMatch(/^api~[0-9a-f]{8}$/)
    expect(one.config.id).not.toBe(two.config.id)
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
  ])('are refused with the name of what cannot work: %s', (name, options) => {
    expect(() => settle(options)).toThrow(InvalidOptionsError)
    expect(() => settle(options)).toThrow(new RegExp(name))
  })
})
