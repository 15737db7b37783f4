// join() with `isolate`: starts the worker thread and waits until its member has joined.
import { checkOptions, guardedLogger, InvalidOptionsError, type Logger } from '@oarlock/runtime'
import { WorkerFailedError } from '../errors.ts'
import { type MemberOptions, memberSchema } from '../member/index.ts'
import {
  eventSink,
  newAbortController,
  newTaskContext,
  processClock,
  shutdownSignals,
  stderrLogger,
} from '../node/index.ts'
import { errorFrom } from './error-copy.ts'
import { IsolatedMember } from './isolated-member.ts'
import type { Report } from './messages.ts'
import { newPulse, silence } from './pulse.ts'
import { LeadershipReader, newSharedLeadership } from './shared-leadership.ts'
import { WorkerLink } from './worker-link.ts'

/** What cannot go to another thread. */
const ofThisThread = ['codec', 'resultCodec', 'logStore', 'transport', 'clock', 'random'] as const

export async function joinIsolated<Command, Result, Query, Answer>(
  options: MemberOptions<Command, Result, Query, Answer>,
): Promise<IsolatedMember<Command, Result, Query, Answer>> {
  checkOptions<MemberOptions<never, never>>(options, memberSchema)
  const { machine, logger, isolate, shutdownSignals: signals = ['SIGTERM', 'SIGINT'], ...copied } = options
  const { id, electionTimeout = 500, drainTimeout = 5_000 } = options
  const lines = guardedLogger(logger ?? stderrLogger)
  const ofWorker: Logger = lines
  if (machine !== undefined && !(machine instanceof URL))
    throw new InvalidOptionsError(
      "machine: with isolate it runs in another thread, so give the URL of a module that exports it as 'machine': new URL('./machine.js', import.meta.url)",
    )
  for (const name of ofThisThread)
    if (options[name] !== undefined)
      throw new InvalidOptionsError(
        name === 'codec' || name === 'resultCodec'
          ? `${name}: with isolate it runs in another thread: export it as '${name}' from the module of the machine`
          : `${name}: it cannot be used with isolate, because the member runs in another thread`,
      )
  const leadership = newSharedLeadership()
  const pulse = newPulse()
  const start = { options: copied, machine: machine?.href ?? null, leadership, pulse }
  const joined = Promise.withResolvers<void>()
  let member: IsolatedMember<Command, Result, Query, Answer> | null = null
  const early: Report[] = []
  const link = linkOf({
    url: workerOf(isolate),
    name: `'${id}'`,
    start,
    told: (report) => {
      if (report.type === 'joined') joined.resolve()
      else if (report.type === 'refused') joined.reject(errorFrom(report.error))
      else if (member !== null) member.told(report)
      else if (report.type === 'log') ofWorker[report.level](report.fields, report.message)
      else early.push(report)
    },
    failed: (error) => {
      joined.reject(error)
      member?.failed(error)
    },
  })
  try {
    await joined.promise
    const first = link.state()
    if (first === null) throw new WorkerFailedError(`the worker thread of '${id}' has ended`)
    member = new IsolatedMember(
      {
        id,
        cluster: options.cluster ?? 'oarlock',
        events: eventSink,
        link,
        shared: new LeadershipReader(leadership),
        silence: () => silence(pulse),
        clock: processClock,
        logger: lines,
        electionTimeout,
        drainTimeout,
        newController: newAbortController,
        taskContext: newTaskContext(),
      },
      first,
    )
  } catch (error) {
    await link.terminate()
    throw error
  }
  for (const report of early) member.told(report)
  const { closed } = member
  const unwatch = shutdownSignals.watch(signals, () => member!.close())
  closed.then(unwatch, unwatch)
  return member
}

function linkOf(init: ConstructorParameters<typeof WorkerLink>[0]): WorkerLink {
  try {
    return new WorkerLink(init)
  } catch (cause) {
    if ((cause as Error).name !== 'DataCloneError') throw cause
    throw new InvalidOptionsError(
      `an option cannot be copied to the thread of the member: ${(cause as Error).message}`,
      { cause },
    )
  }
}

/** The program of the thread. The copy of a bundle has no file beside it. */
function workerOf(isolate: MemberOptions<never, never>['isolate']): URL {
  if (isolate instanceof URL) return isolate
  const own = import.meta.url as string | undefined
  if (own === undefined || !/\/join-isolated\.[cm]?[jt]s$/.test(own))
    throw new InvalidOptionsError(
      "isolate: in a bundle, give the URL of a file of its own that imports 'oarlock/worker'",
    )
  return new URL(`../worker.${own.slice(own.lastIndexOf('.') + 1)}`, own)
}
