// @LeaderProcessor(): a BullMQ processor that processes its queue on the leader only.
import { type Job, WaitingError, type Worker } from 'bullmq'
import { InvalidOptionsError } from 'oarlock'
import { checkElectionArgument, electionsOf, setClassHandlers, wantElections } from '../decorators/index.ts'
import { defaultElection } from '../election/index.ts'

/** The part of @nestjs/bullmq's WorkerHost that is used here. */
interface Processor {
  readonly worker: Pick<Worker, 'pause' | 'resume' | 'isPaused'>
  process(job: Job, token?: string, signal?: AbortSignal): Promise<unknown>
}

/**
 * On a class with `@Processor` of @nestjs/bullmq: its worker takes jobs while this instance leads. A job that
 * it took too late goes back to the queue, and does not count as an attempt. `process` runs under the
 * leadership: currentLeadership() gives it, and shutdown waits for it. Give `@Processor` the worker option
 * `autorun: false`, so that the worker does not start too early.
 */
export function LeaderProcessor(election: string = defaultElection): ClassDecorator {
  checkElectionArgument('LeaderProcessor', election)
  return (target) => {
    const prototype = target.prototype as Processor
    const inner = prototype.process
    if (typeof inner !== 'function')
      throw new InvalidOptionsError(
        `@LeaderProcessor: the class ${target.name} has no method process, which every processor has`,
      )
    wantElections(prototype)
    prototype.process = async function process(job, token, signal) {
      const what = `${target.name}.process`
      const service = electionsOf(this, what).get(election)
      const leadership = service.workable
      service.publishCall(what, leadership === null ? 'skipped' : 'ran')
      if (leadership !== null)
        return service.work.run(what, leadership, () => inner.call(this, job, token, signal))
      await job.moveToWait(token)
      throw new WaitingError()
    }
    setClassHandlers<Processor>(target, {
      election,
      started: ({ worker }) => worker.pause(true),
      // The leadership may be gone already.
      elected: ({ worker }, leadership) => (leadership.signal.aborted ? undefined : worker.resume()),
      // pause(true) does not wait for the running jobs. They end when the leadership's signal aborts.
      revoked: ({ worker }) => worker.pause(true),
    })
  }
}
