// A process with instances of the older package: a Nest application each, as its README has it, which is asked every millisecond whether
// it leads. Its packages lie in the folder that is the second argument.
import { createRequire, flushCompileCache } from 'node:module'
import { join } from 'node:path'
import util from 'node:util'
import { machineTime } from './clock.ts'
import { type InstanceArguments, tell, tellSights } from './protocol.ts'

interface Nest {
  NestFactory: {
    createApplicationContext(module: unknown, options: object): Promise<Application>
  }
}
interface Application {
  get<T>(token: unknown): T
  enableShutdownHooks(): void
}
interface Helper {
  isLeader(): Promise<boolean>
}
/** Internal to the older package; only looked at, so that a trial begins with all in agreement. */
interface Heartbeats {
  readonly nodeId: string
  readonly leaderId: string | null
  getActiveNetworkSize(): number
}

const { port, prefix, instances } = JSON.parse(process.argv[2] ?? '{}') as InstanceArguments
const older = '@bonkboykz/nestjs-leader-election'
/** In ms. Who was not asked for so long was stopped; what it would have said meanwhile nobody knows. */
const stopped = 100

// Node 23 has taken it away; the older package's Nest needs it.
Object.assign(util, { isString: (value: unknown) => typeof value === 'string' })

const load = createRequire(join(process.argv[3] ?? '', 'package.json'))
load('reflect-metadata')
const { Module } = load('@nestjs/common')
const { NestFactory } = load('@nestjs/core') as Nest
const { LeaderElectionModule, LeaderElectionHelper } = load(older)
const { HeartbeatService } = load(`${older}/dist/Heartbeat.service`)

function startInstance(): Promise<Application> {
  class Service {}
  const imports = [LeaderElectionModule.forRoot({ host: '127.0.0.1', port, prefix })]
  Module({ imports })(Service)
  return NestFactory.createApplicationContext(Service, { logger: false })
}

function watch(id: string, helper: Helper): void {
  let trueAt: number | null = null
  const end = () => {
    if (trueAt !== null) tell({ type: 'ended', id, at: trueAt })
    trueAt = null
  }
  setInterval(async () => {
    const leads = await helper.isLeader()
    const at = machineTime()
    if (!leads || (trueAt !== null && at - trueAt > stopped)) end()
    if (!leads) return
    if (trueAt === null) tell({ type: 'began', id, at })
    trueAt = at
  }, 1)
}

process.on('disconnect', () => process.exit(0)) // never outlive the benchmark
const applications = await Promise.all(Array.from({ length: instances }, startInstance))
const heartbeats = applications.map((application) => application.get<Heartbeats>(HeartbeatService))
tell({ type: 'ready', ids: heartbeats.map(({ nodeId }) => nodeId) })
for (const [at, application] of applications.entries()) {
  const beats = heartbeats[at]!
  application.enableShutdownHooks()
  watch(beats.nodeId, application.get<Helper>(LeaderElectionHelper))
  tellSights(beats.nodeId, () => ({
    leader: beats.leaderId,
    members: beats.getActiveNetworkSize(),
    voters: beats.getActiveNetworkSize(),
  }))
}
flushCompileCache() // it may be killed before it would be written
