// A process with instances of ours: elections as anybody would start them, by default settings. It says exactly when they hold leadership.
import { flushCompileCache } from 'node:module'
import { type RedisElection, redisElection } from '@oarlock/redis'
import type { Leadership } from 'oarlock'
import { processStart } from './clock.ts'
import { type InstanceArguments, tell, tellSights } from './protocol.ts'

const { port, prefix, instances } = JSON.parse(process.argv[2] ?? '{}') as InstanceArguments

const elections = Array.from({ length: instances }, () =>
  redisElection({ redis: { host: '127.0.0.1', port }, prefix }),
)

/** Whether it is held is a matter of its deadline, so its end is known exactly, also where nobody could look at that moment. */
function watch(id: string, leadership: Leadership): void {
  let deadline = leadership.deadline
  const timer = setInterval(() => {
    // Before `held`, which ends it: a process that was stopped sees here what it had been given.
    const isOver = leadership.signal.aborted
    const { deadline: now } = leadership
    if (leadership.held) {
      deadline = now
      return
    }
    clearInterval(timer)
    // Once it is over, its deadline is when that was noticed, which may be later.
    const at = Math.min(isOver ? deadline : Math.max(deadline, now), leadership.deadline)
    tell({ type: 'ended', id, at: processStart + at })
  }, 1)
}

async function report(election: RedisElection): Promise<void> {
  await election.lead(async (leadership) => {
    tell({ type: 'began', id: election.id, at: processStart + performance.now() })
    watch(election.id, leadership)
    await new Promise((resolve) => leadership.signal.addEventListener('abort', resolve))
  })
}

process.on('disconnect', () => process.exit(0)) // never outlive the benchmark
tell({ type: 'ready', ids: elections.map(({ id }) => id) })
for (const election of elections) {
  tellSights(election.id, () => ({
    leader: election.leader?.id ?? null,
    members: election.members.length,
    voters: election.inspect()?.configuration.voters.length ?? 0,
  }))
  void report(election)
}
flushCompileCache() // it may be killed before it would be written
