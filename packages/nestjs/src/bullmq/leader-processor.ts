// @LeaderProcessor(): a BullMQ processor that works its queue on the leader alone.
import { type Job, WaitingError, type Worker } from 'bullmq'
import { electionsOf, wantElections } from '../decorators/bindings.ts'
import { defaultElection } from '../election/name.ts'
import { participate } from '../module/participant.ts'

/** What is wanted of @nestjs/bullmq's WorkerHost. */
interface Processor {
  readonly worker: Pick<Worker, 'pause' | 'resume' | 'isPaused'>
  process(job: Job, token?: string, signal?: AbortSignal): Promise<unknown>
}

/**
 * On a class with `@Processor` of @nestjs/bullmq: its worker takes jobs while this instance leads. A job that it got hold of
 * otherwise goes back to the queue, and no attempt is counted. `process` runs under the leadership: currentLeadership() gives it, and
 * shutdown waits for it. Give `@Processor` the worker option `autorun: false`, so that the worker does not start before there is a leader.
 */
export function LeaderProcessor(election: string = defaultElection): ClassDecorator {
  return (target) => {
    const prototype = target.prototype as Processor
    const work = prototype.process
    wantElections(prototype)
    prototype.process = async function process(job, token, signal) {
      const what = `${target.name}.process`
      const service = electionsOf(this, what).get(election)
      const leadership = service.workable
      service.called(what, leadership === null ? 'skipped' : 'ran')
      if (leadership !== null)
        return service.work.run(what, leadership, () => work.call(this, job, token, signal))
      await job.moveToWait(token)
      throw new WaitingError()
    }
    participate<Processor>(target, {
      election,
      started: ({ worker }) => worker.pause(true),
      // Not when the leadership is gone again by the time.
      elected: ({ worker }, leadership) => (leadership.signal.aborted ? undefined : worker.resume()),
      // Jobs under way end by themselves: they know the leadership's signal.
      revoked: ({ worker }) => worker.pause(true),
    })
  }
}
