import { describe, expect, it } from 'vitest'
import { redisOptions } from './open-election.ts'

describe('the options of redisElection', () => {
  const redis = 'redis://127.0.0.1:1'

  it('are those of the module', () => {
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

  it('have a prefix of their own for every election', () => {
    expect(redisOptions('default', { redis })).toEqual({ redis, prefix: 'oarlock' })
    expect(redisOptions('billing', { redis })).toEqual({ redis, prefix: 'oarlock:billing' })
    expect(redisOptions('billing', { redis, prefix: 'shop' })).toEqual({ redis, prefix: 'shop:billing' })
  })
})
