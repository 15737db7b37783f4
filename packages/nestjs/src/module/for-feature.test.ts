import { Inject, Injectable, Module } from '@nestjs/common'
import { Test } from '@nestjs/testing'
import { nextTurn } from '@oarlock/test-support/event'
import type { Election } from 'oarlock'
import { describe, expect, it } from 'vitest'
import { opened, start } from '../../test/app.ts'
import { getElectionToken, LeaderElectionService, OarlockModule } from '../index.ts'
import { TestElection } from '../testing/index.ts'

const redis = 'redis://127.0.0.1:1'

describe('OarlockModule.forFeature', () => {
  const root = OarlockModule.forRoot({ redis, prefix: 'shop', priority: 2, isGlobal: true })

  it("makes an election by another name, with forRoot's options and its own", async () => {
    const feature = OarlockModule.forFeature('billing', { priority: 3 })
    expect(await opened({ imports: [feature, root] })).toEqual({
      default: { redis, prefix: 'shop', priority: 2 },
      billing: { redis, prefix: 'shop', priority: 3 },
    })
  })

  it('waits for the options of forRootAsync', async () => {
    const later = OarlockModule.forRootAsync({
      useFactory: async () => {
        await nextTurn()
        return { redis }
      },
    })
    expect(await opened({ imports: [OarlockModule.forFeature('billing'), later] })).toHaveProperty('billing')
  })

  it('gives the same election to all modules that name it', async () => {
    @Injectable()
    class Bills {
      readonly election: Election
      constructor(@Inject(getElectionToken('billing')) election: Election) {
        this.election = election
      }
    }
    class MoreBills extends Bills {}
    Injectable()(MoreBills)
    @Module({ imports: [OarlockModule.forFeature('billing')], providers: [Bills] })
    class One {}
    @Module({ imports: [OarlockModule.forFeature('billing')], providers: [MoreBills] })
    class Other {}
    await using app = await start({ imports: [root, One, Other] })
    expect(app.get(Bills).election).toBe(app.get(MoreBills).election)
    const another = OarlockModule.forFeature('billing', { priority: 9 })
    await expect(start({ imports: [root, One, another] })).rejects.toThrow(/'billing' has been made already/)
  })

  it('provides the default election if forRoot is not global', async () => {
    @Injectable()
    class Asks {
      readonly service: LeaderElectionService
      constructor(service: LeaderElectionService) {
        this.service = service
      }
    }
    @Module({ imports: [OarlockModule.forFeature()], providers: [Asks] })
    class Feature {}
    await using app = await start({ imports: [OarlockModule.forRoot({ redis }), Feature] })
    expect(app.get(Asks).service).toBe(app.get(LeaderElectionService))
  })

  it('accepts a broker of its own', async () => {
    const election = new TestElection('own')
    const feature = OarlockModule.forFeature('billing', { election })
    expect(await opened({ imports: [feature] })).toEqual({ billing: { election } })
    const drain = OarlockModule.forRoot({ redis, drainTimeout: 7 })
    expect(await opened({ imports: [feature, drain] })).toMatchObject({
      billing: { election, drainTimeout: 7 },
    })
  })

  it('is on the cluster of forRoot unless that is over Redis', async () => {
    const tcp = { id: 'a', peers: { a: '127.0.0.1:1' }, data: 'nowhere' }
    const feature = OarlockModule.forFeature('billing', { drainTimeout: 8 })
    expect(
      await opened({ imports: [OarlockModule.forRoot({ tcp, drainTimeout: 7 }), feature] }),
    ).toMatchObject({
      billing: { drainTimeout: 8, sharedWith: 'default' },
    })
    const coordinator = { election: () => new TestElection() as never }
    expect(
      await opened({ imports: [OarlockModule.forRoot({ coordinator, ttl: 900 }), feature] }),
    ).toMatchObject({
      billing: { coordinator, ttl: 900, drainTimeout: 8 },
    })
  })

  it('needs a broker that it can share', async () => {
    const feature = OarlockModule.forFeature('billing')
    await expect(opened({ imports: [feature] })).rejects.toThrow(
      /^OarlockModule\.forFeature\('billing'\): there is no OarlockModule\.forRoot/,
    )
    const alone = OarlockModule.forRoot({ election: new TestElection() })
    const nest = await Test.createTestingModule({ imports: [alone, feature] }).compile()
    await expect(nest.init()).rejects.toThrow(
      /'billing'\): the election of OarlockModule\.forRoot is no member, so it has no elections by other names/,
    )
    expect(() => OarlockModule.forFeature('billing', { tcp: 3 as never })).toThrow(/tcp must be/)
  })
})
