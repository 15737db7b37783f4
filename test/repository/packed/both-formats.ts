// A program that has our packages by `require` and by `import`, as happens when a CommonJS application uses a library of
// ES modules. It prints what it sees as JSON.
export const program = `
require('reflect-metadata')
const { Inject, Module } = require('@nestjs/common')
const { Test } = require('@nestjs/testing')

const decorate = (target, key, ...decorators) => {
  const descriptor = Object.getOwnPropertyDescriptor(target, key)
  for (const each of decorators) Object.defineProperty(target, key, each(target, key, descriptor) ?? descriptor)
}

/** A job of an application or library, with the classes and decorators of its copy. */
function jobOf({ currentLeadership, Elections, LeaderElectionService, LeaderOnly }) {
  class Job {
    constructor(leader, elections) {
      Object.assign(this, { leader, elections })
    }
    run() {
      return currentLeadership().fence
    }
  }
  decorate(Job.prototype, 'run', LeaderOnly())
  Inject(LeaderElectionService)(Job, undefined, 0)
  Inject(Elections)(Job, undefined, 1)
  return Job
}

async function main() {
  const required = { nestjs: require('@oarlock/nestjs'), oarlock: require('oarlock'), node: require('oarlock/node') }
  const testing = require('@oarlock/nestjs/testing')
  const imported = {
    nestjs: await import('@oarlock/nestjs'),
    oarlock: await import('oarlock'),
    node: await import('oarlock/node'),
  }
  const copies = required.oarlock.OarlockError === imported.oarlock.OarlockError ? 1 : 2

  // Its connection loads ioredis.
  const redis = 'redis://127.0.0.1:1'
  for (const { redisElection } of [require('@oarlock/redis'), await import('@oarlock/redis')])
    await redisElection({ redis, prefix: 'a' }).close()

  const { NoLeaderError } = required.oarlock
  const error = new NoLeaderError('')
  class Own extends imported.oarlock.NoLeaderError {}
  const errors = {
    base: error instanceof imported.oarlock.OarlockError,
    same: error instanceof imported.oarlock.NoLeaderError,
    other: error instanceof imported.oarlock.ProposalLostError,
    ofTheApplication: error instanceof Own,
    isOarlockError: imported.oarlock.isOarlockError(error) && !imported.oarlock.isOarlockError(new Error('')),
  }
  const signals = required.node.shutdownSignals === imported.node.shutdownSignals

  // Two libraries, one of each format, share the elections of one application.
  const Jobs = [jobOf(required.nestjs), jobOf(imported.nestjs)]
  class Library {}
  Module({ imports: [imported.nestjs.OarlockModule.forFeature()], providers: [Jobs[1]] })(Library)
  const imports = [testing.OarlockTestingModule.forRoot(), Library]
  const app = await Test.createTestingModule({ imports, providers: [Jobs[0]] }).compile()
  await app.init()
  const jobs = Jobs.map((Job) => app.get(Job, { strict: false }))
  const before = jobs.map((job) => job.run() ?? null)
  const { fence } = app.get(testing.TestElection).win()
  const after = jobs.map((job) => job.run() === fence)
  const shared = jobs[0].leader === jobs[1].leader && jobs[0].elections === jobs[1].elections
  await app.close()
  console.log(JSON.stringify({ copies, errors, signals, before, after, shared }))
}
main()
`
