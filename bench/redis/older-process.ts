// A process with instances of the older package: one Nest application each, as in its README. Each is asked
// every millisecond whether it leads. The second argument is the folder in which the package is installed.
import { createRequire, flushCompileCache } from 'node:module'
import { join } from 'node:path'
import util from 'node:util'
import { machineTime } from './clock.ts'
import { answerRequests, type InstanceArguments, reportViews, send } from './protocol.ts'

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
/** Internal to the older package. It is only read, so that a trial can begin in agreement. */
interface Heartbeats {
  readonly nodeId: string
  readonly leaderId: string | null
  getActiveNetworkSize(): number
}

const { port, prefix, instances } = JSON.parse(process.argv[2] ?? '{}') as InstanceArguments
const older = '@bonkboykz/nestjs-leader-election'
/** After a longer gap between two questions the process was stopped, and the gap is unknown. In ms. */
const stoppedGap = 100

// Node 23 removed this function, which the older package's Nest needs.
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

/** Each one asks an instance whether it leads, and reports a change. */
const questions: (() => Promise<void>)[] = []

function watch(id: string, helper: Helper): void {
  let trueAt: number | null = null
  const end = () => {
    if (trueAt !== null) send({ type: 'ended', id, at: trueAt })
    trueAt = null
  }
  const ask = async () => {
    const leads = await helper.isLeader()
    const at = machineTime()
    if (!leads || (trueAt !== null && at - trueAt > stoppedGap)) end()
    if (!leads) return
    if (trueAt === null) send({ type: 'began', id, at })
    trueAt = at
  }
  questions.push(ask)
  setInterval(ask, 1)
}

process.on('disconnect', () => process.exit(0)) // never outlive the benchmark
answerRequests(() => Promise.all(questions.map((ask) => ask())))
const applications = await Promise.all(Array.from({ length: instances }, startInstance))
const heartbeats = applications.map((application) => application.get<Heartbeats>(HeartbeatService))
send({ type: 'ready', ids: heartbeats.map(({ nodeId }) => nodeId) })
for (const [at, application] of applications.entries()) {
  const beats = heartbeats[at]!
  application.enableShutdownHooks()
  watch(beats.nodeId, application.get<Helper>(LeaderElectionHelper))
  reportViews(beats.nodeId, () => ({
    leader: beats.leaderId,
    members: beats.getActiveNetworkSize(),
    voters: beats.getActiveNetworkSize(),
  }))
}
flushCompileCache() // the process may be killed before Node writes it
