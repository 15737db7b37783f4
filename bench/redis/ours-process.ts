// A process with instances of our package, with default settings. It reports exactly when they lead.
import { flushCompileCache } from 'node:module'
import { type RedisElection, redisElection } from '@oarlock/redis'
import type { Leadership } from 'oarlock'
import { processStart } from './clock.ts'
import { answerRequests, type InstanceArguments, reportViews, send } from './protocol.ts'

const { port, prefix, instances } = JSON.parse(process.argv[2] ?? '{}') as InstanceArguments

const elections = Array.from({ length: instances }, () =>
  redisElection({ redis: { host: '127.0.0.1', port }, prefix }),
)

/** Each one looks at a leadership, and reports its end. */
const looks = new Set<() => void>()

const lookAtAll = () => {
  for (const look of [...looks]) look()
}

/** `held` depends on the deadline, so the end is known exactly, even if the process was stopped then. */
function watch(id: string, leadership: Leadership): void {
  let deadline = leadership.deadline
  const look = () => {
    // Read before `held`, which ends the leadership. After a stop it is still the old deadline.
    const isOver = leadership.signal.aborted
    const { deadline: now } = leadership
    if (leadership.held) {
      deadline = now
      return
    }
    clearInterval(timer)
    looks.delete(look)
    // Once it has ended, `deadline` is the time at which that was noticed, which may be later.
    const at = Math.min(isOver ? deadline : Math.max(deadline, now), leadership.deadline)
    send({ type: 'ended', id, at: processStart + at })
  }
  looks.add(look)
  const timer = setInterval(look, 1)
}

async function report(election: RedisElection): Promise<void> {
  await election.lead(async (leadership) => {
    send({ type: 'began', id: election.id, at: processStart + performance.now() })
    watch(election.id, leadership)
    await new Promise((resolve) => leadership.signal.addEventListener('abort', resolve))
  })
}

process.on('disconnect', () => process.exit(0)) // never outlive the benchmark
answerRequests(async () => lookAtAll())
send({ type: 'ready', ids: elections.map(({ id }) => id) })
for (const election of elections) {
  reportViews(election.id, () => ({
    leader: election.leader?.id ?? null,
    members: election.members.length,
    voters: election.inspect()?.configuration.voters.length ?? 0,
  }))
  void report(election)
  // The process may exit before a timer looks.
  void election.closed.then(lookAtAll, lookAtAll)
}
flushCompileCache() // the process may be killed before Node writes it
