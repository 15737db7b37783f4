// A decorator that is used wrongly says so when the class is loaded. Without that it would do nothing.
import { Controller, Get, UseGuards, UseInterceptors } from '@nestjs/common'
import { Cron } from '@nestjs/schedule'
import { Test } from '@nestjs/testing'
import { describe, expect, it } from 'vitest'
import { LeaderProcessor } from '../bullmq/index.ts'
import {
  getElectionToken,
  InjectElection,
  InjectLeaderElection,
  InjectLeadership,
  LeaderGuard,
  LeaderInterceptor,
  LeaderOnly,
  OarlockModule,
  OnElected,
  OnLeaderChange,
  OnRevoked,
} from '../index.ts'

const refusal = (message: RegExp) =>
  expect.objectContaining({ code: 'OARLOCK_INVALID_OPTIONS', message: expect.stringMatching(message) })

const methodDecorators = { LeaderOnly, OnElected, OnRevoked, OnLeaderChange }

describe.each(Object.entries(methodDecorators))('@%s', (name, factory) => {
  const bare = factory as unknown as MethodDecorator
  const decorate = factory as (...args: unknown[]) => MethodDecorator

  it('without parentheses is refused above @Cron, and below it', () => {
    const message = refusal(new RegExp(`^@${name} stands without parentheses: write @${name}\\(\\)$`))
    expect(() => {
      class Above {
        @bare
        @Cron('* * * * * *')
        run(): void {}
      }
      return Above
    }).toThrow(message)
    expect(() => {
      class Below {
        @Cron('* * * * * *')
        @bare
        run(): void {}
      }
      return Below
    }).toThrow(message)
    expect(() => bare(class {} as never, undefined as never, undefined as never)).toThrow(message)
  })

  it.each<[what: string, use: (decorator: MethodDecorator) => unknown, message: RegExp]>([
    ['a class', (decorator) => decorator(class {}, undefined as never, undefined as never), /above a class/],
    [
      'a property',
      (decorator) => {
        class Job {
          @(decorator as PropertyDecorator)
          run = () => {}
        }
        return Job
      },
      /Job.run is a property/,
    ],
    [
      'an accessor',
      (decorator) => {
        class Job {
          @decorator
          get run(): number {
            return 1
          }
        }
        return Job
      },
      /Job.run is a property or an accessor/,
    ],
    [
      'a static method',
      (decorator) => {
        class Job {
          @decorator
          static run(): void {}
        }
        return Job
      },
      /Job.run is static/,
    ],
    [
      'a method, compiled with the decorators of ECMAScript',
      (decorator) => decorator(() => {}, { kind: 'method', name: 'run' } as never, undefined as never),
      /experimentalDecorators/,
    ],
  ])('is refused above %s', (_, use, message) => {
    expect(() => use(decorate())).toThrow(refusal(message))
  })

  it('is refused with a name that no election can have', () => {
    expect(() => decorate('a:b')).toThrow(refusal(/^@\w+: the name of an election may have only letters/))
    expect(() => decorate(5)).toThrow(refusal(/./))
  })
})

describe('@LeaderOnly', () => {
  it.each([
    [{ otherwise: 'thrwo' }, /^@LeaderOnly: otherwise must be 'skip' or 'throw' or 'forward', got 'thrwo'$/],
    [{ otherwize: 'throw' }, /^@LeaderOnly: unknown option 'otherwize': did you mean 'otherwise'\?$/],
  ])('is refused with %o', (options, message) => {
    expect(() => LeaderOnly(options as object)).toThrow(refusal(message))
    expect(() => LeaderOnly('billing', options as object)).toThrow(refusal(message))
  })
})

describe.each(Object.entries({ InjectElection, InjectLeadership, InjectLeaderElection }))(
  '@%s',
  (name, factory) => {
    it('without parentheses is refused, before a parameter and above a property', () => {
      const message = refusal(new RegExp(`^@${name} stands without parentheses: write @${name}\\(\\)$`))
      const bare = factory as unknown as ParameterDecorator & PropertyDecorator
      expect(() => {
        class Job {
          readonly election: unknown
          constructor(@bare election: object) {
            this.election = election
          }
        }
        return Job
      }).toThrow(message)
      expect(() => {
        class Job {
          @bare
          election: unknown
        }
        return Job
      }).toThrow(message)
    })

    it('is refused with a name that no election can have', () =>
      expect(() => factory('a:b')).toThrow(refusal(/may have only letters/)))
  },
)

it('the token of an election is refused for a name that it cannot have', () =>
  expect(() => getElectionToken('a:b')).toThrow(refusal(/may have only letters/)))

describe('@LeaderProcessor', () => {
  it('without parentheses, or above a class without process, is refused', () => {
    expect(() => {
      @(LeaderProcessor as unknown as ClassDecorator)
      class Jobs {
        process(): void {}
      }
      return Jobs
    }).toThrow(refusal(/^@LeaderProcessor stands without parentheses/))
    expect(() => {
      @LeaderProcessor()
      class Jobs {}
      return Jobs
    }).toThrow(refusal(/^@LeaderProcessor: the class Jobs has no method process/))
  })
})

describe.each([
  ['LeaderGuard', UseGuards(LeaderGuard as never)],
  ['LeaderInterceptor', UseInterceptors(LeaderInterceptor as never)],
])('%s without parentheses', (name, decorator) => {
  it('makes the start fail, because it would let every request through', async () => {
    @Controller()
    class Reports {
      @Get()
      @decorator
      report(): string {
        return 'report'
      }
    }
    const imports = [OarlockModule.forRoot({ redis: 'redis://127.0.0.1:1', isGlobal: true })]
    const compiled = Test.createTestingModule({ imports, controllers: [Reports] }).compile()
    await expect(compiled).rejects.toThrow(refusal(new RegExp(`^${name} stands without parentheses`)))
  })
})
