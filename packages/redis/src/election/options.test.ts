import { InvalidOptionsError } from '@oarlock/runtime'
import { describe, expect, it } from 'vitest'
import { completeOptions, type RedisElectionOptions } from './options.ts'

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
