import { describe, expect, it } from 'vitest'
import { redisOptions } from './open-election.ts'

describe('what redisElection is told', () => {
  const redis = 'redis://127.0.0.1:1'

  it('is what the module was told, in its words', () => {
    const options = {
      redis,
      prefix: 'shop',
      instanceName: 'api-1',
      expected: 3,
      secret: 's',
      drainTimeout: 1,
    }
    expect(redisOptions('default', options)).toEqual({
      redis,
      prefix: 'shop',
      name: 'api-1',
      expected: 3,
      secret: 's',
    })
  })

  it('has a prefix of its own for every election', () => {
    expect(redisOptions('default', { redis })).toEqual({ redis, prefix: 'oarlock' })
    expect(redisOptions('billing', { redis })).toEqual({ redis, prefix: 'oarlock:billing' })
    expect(redisOptions('billing', { redis, prefix: 'shop' })).toEqual({ redis, prefix: 'shop:billing' })
  })
})
