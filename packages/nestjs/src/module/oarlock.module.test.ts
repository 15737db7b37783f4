import { Injectable, Module } from '@nestjs/common'
import { Test } from '@nestjs/testing'
import type { Election } from 'oarlock'
import { describe, expect, it } from 'vitest'
import { opened, start } from '../../test/app.ts'
import { electionOpener, type OpenRequest } from '../application/index.ts'
import {
  type ElectionOptions,
  Elections,
  getLeaderElectionToken,
  InjectElection,
  InjectLeaderElection,
  LeaderElectionService,
  OarlockModule,
  type OarlockModuleOptions,
  type OarlockOptionsFactory,
} from '../index.ts'
import { TestElection } from '../testing/index.ts'

const redis = 'redis://127.0.0.1:1'

@Injectable()
class Asks {
  readonly election: Election
  readonly service: LeaderElectionService
  constructor(@InjectElection() election: Election, service: LeaderElectionService) {
    this.election = election
    this.service = service
  }
}

describe('OarlockModule.forRoot', () => {
  it('provides the election and its service to the importing module', async () => {
    await using app = await start({ imports: [OarlockModule.forRoot({ redis })], providers: [Asks] })
    const { election, service } = app.get(Asks)
    expect(service.election).toBe(election)
    app.election.win()
    expect(election.leadership).toBe(app.election.leadership)
  })

  it('provides them to every module if it is global', async () => {
    @Module({ providers: [Asks] })
    class Feature {}
    await using app = await start({ imports: [OarlockModule.forRoot({ redis, isGlobal: true }), Feature] })
    expect(app.get(Asks).service.name).toBe('default')
    await expect(start({ imports: [OarlockModule.forRoot({ redis }), Feature] })).rejects.toThrow(
      /Oarlock Election 'default'|LeaderElectionService/,
    )
  })

  it('accepts an existing election, opens it with the application, and closes it', async () => {
    const election = new TestElection('mine')
    const nest = await Test.createTestingModule({ imports: [OarlockModule.forRoot({ election })] }).compile()
    const service = nest.get(LeaderElectionService)
    expect(service.id).toBe('')
    await nest.init()
    expect(service.id).toBe('mine')
    await nest.close()
    await election.closed
  })

  it('can give an election another name', async () => {
    const imports = [
      OarlockModule.forRoot({ redis, isGlobal: true }),
      OarlockModule.forRoot({ redis, name: 'billing', isGlobal: true }),
    ]
    await using app = await start({ imports })
    expect([...app.get(Elections)].map(({ name }) => name).sort()).toEqual(['billing', 'default'])
    app.elections.get('billing').win()
    expect(app.get<LeaderElectionService>(getLeaderElectionToken('billing') as string).held).toBe(true)
    expect(app.get(LeaderElectionService).held).toBe(false)
  })

  it.each<[string, unknown, RegExp]>([
    [
      'nothing',
      undefined,
      /^OarlockModule\.forRoot: give exactly one of redis, tcp, election and coordinator,.* got none/,
    ],
    ['two brokers', { redis, election: new TestElection() }, /got redis and election/],
    [
      'a misspelt option',
      { redis, electionTimout: 100 },
      /unknown option 'electionTimout': did you mean 'electionTimeout'\?$/,
    ],
    ['an option of another broker', { election: new TestElection(), prefix: 'x' }, /unknown option 'prefix'/],
    [
      'an invalid time',
      { redis, electionTimeout: 0 },
      /electionTimeout must be a number of milliseconds above 0 and at most 2147483647, got 0$/,
    ],
    ['a time as a string', { redis, drainTimeout: '5s' }, /drainTimeout must be .*, got '5s'/],
    [
      'a fraction for a whole number',
      { redis, expected: 2.5 },
      /expected must be a whole number of instances, 1 or above, got 2\.5/,
    ],
    [
      'a time as text',
      { redis, drainTimeout: '5000' },
      /drainTimeout: '5000' is text: write the number 5000$/,
    ],
    ['a misspelt broker', { reddis: redis }, /got none$/],
    ['an array', [], /the options must be an object, got an array$/],
    [
      'an option of join() that the module sets',
      { tcp: { id: 'a', shutdownSignals: [] } },
      /tcp.shutdownSignals cannot be given: Nest's shutdown hooks close the member$/,
    ],
    ['a priority out of range', { redis, priority: 101 }, /priority must be .*, got 101/],
    ['a forward that is no function', { redis, forward: 'http' }, /forward must be a function/],
    ['an invalid election', { election: {} }, /election must be an Election/],
    [
      'an invalid coordinator',
      { coordinator: {} },
      /coordinator must be what connect\(\) or etcd\(\) has made/,
    ],
    ['an invalid ttl', { coordinator: { election() {} }, ttl: 5 }, /ttl must be .*, got 5/],
    [
      'a name with other characters',
      { redis, name: 'a:b' },
      /^name: the name of an election may have only letters.*'a:b'/,
    ],
  ])('refuses %s', (_, options, message) => {
    expect(() => OarlockModule.forRoot(options as OarlockModuleOptions)).toThrow(
      expect.objectContaining({ code: 'OARLOCK_INVALID_OPTIONS', message: expect.stringMatching(message) }),
    )
  })

  it('does not show an invalid secret in the error', () => {
    const secret = ['hidden'] as unknown as string
    expect(() => OarlockModule.forRoot({ redis, secret })).toThrow(
      /secret must be text that is not empty, or a list of two during a rotation$/,
    )
  })

  it('refuses a second election by the same name with other options', async () => {
    const imports = [OarlockModule.forRoot({ redis }), OarlockModule.forRoot({ redis, prefix: 'other' })]
    await expect(start({ imports })).rejects.toThrow(
      /election 'default' has been made already, with other options/,
    )
  })
})

describe('OarlockModule.forRootAsync', () => {
  @Module({ providers: [{ provide: 'CONFIG', useValue: { url: redis } }], exports: ['CONFIG'] })
  class ConfigModule {}

  it('takes the options of a factory, which can inject from the imported modules', async () => {
    const module = OarlockModule.forRootAsync({
      imports: [ConfigModule],
      inject: ['CONFIG'],
      useFactory: async ({ url }: { url: string }) => ({ redis: url, priority: 2 }),
    })
    expect(await opened({ imports: [module] })).toEqual({ default: { redis, priority: 2 } })
  })

  it('takes the options of a class, with useClass or useExisting', async () => {
    @Injectable()
    class Options implements OarlockOptionsFactory {
      createOarlockOptions(): ElectionOptions {
        return { redis, prefix: 'shop' }
      }
    }
    @Module({ providers: [Options], exports: [Options] })
    class OptionsModule {}
    const wanted = { default: { redis, prefix: 'shop' } }
    expect(await opened({ imports: [OarlockModule.forRootAsync({ useClass: Options })] })).toEqual(wanted)
    const existing = OarlockModule.forRootAsync({ imports: [OptionsModule], useExisting: Options })
    expect(await opened({ imports: [existing] })).toEqual(wanted)
  })

  it('can be global, and give its election another name', async () => {
    @Injectable()
    class Bills {
      readonly election: LeaderElectionService
      constructor(@InjectLeaderElection('billing') election: LeaderElectionService) {
        this.election = election
      }
    }
    @Module({ providers: [Bills] })
    class Feature {}
    const module = OarlockModule.forRootAsync({
      name: 'billing',
      isGlobal: true,
      useFactory: () => ({ redis }),
    })
    await using app = await start({ imports: [module, Feature] })
    expect(app.get(Bills).election.name).toBe('billing')
  })

  it('makes the start fail with the error in the options', async () => {
    const start = (made: unknown) =>
      opened({ imports: [OarlockModule.forRootAsync({ useFactory: () => made as ElectionOptions })] })
    await expect(start({})).rejects.toThrow(/^OarlockModule\.forRootAsync: give exactly one of/)
    await expect(start(undefined)).rejects.toThrow(/the options must be an object/)
    await expect(start({ redis, drainTimeout: '5000' })).rejects.toThrow(
      /^OarlockModule\.forRootAsync: drainTimeout: '5000' is text: write the number 5000$/,
    )
    const misspelt = { useFactry: () => ({ redis }) } as object
    expect(() => OarlockModule.forRootAsync(misspelt)).toThrow(/did you mean 'useFactory'\?$/)
    expect(() => OarlockModule.forRootAsync({})).toThrow(
      /give exactly one of useFactory, useClass and useExisting/,
    )
  })
})

it('two applications in one process have separate elections', async () => {
  const imports = [OarlockModule.forRoot({ redis })]
  await using one = await start({ imports })
  await using other = await start({ imports })
  one.election.win()
  expect(one.get(LeaderElectionService).held).toBe(true)
  expect(other.get(LeaderElectionService).held).toBe(false)
})

it('an election that cannot be opened makes the start fail, and the others are closed', async () => {
  const imports = [OarlockModule.forRoot({ redis }), OarlockModule.forRoot({ redis, name: 'billing' })]
  const election = new TestElection()
  const open = ({ name }: OpenRequest) =>
    name === 'billing' ? Promise.reject(new Error('no address')) : election
  const builder = Test.createTestingModule({ imports }).overrideProvider(electionOpener).useValue(open)
  const nest = await builder.compile()
  await expect(nest.init()).rejects.toThrow('no address')
  await election.closed
})
