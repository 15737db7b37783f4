// One member of the cluster, in its own process: joins, keeps a journal of its leaderships, does the job
// while it leads, and reports to the supervisor. It never outlives the supervisor.
import {
  DataLockedError,
  join,
  type Leadership,
  ListenError,
  type Member,
  MemberClosedError,
  OarlockError,
} from 'oarlock'
import { type Answer, Claims, type Command } from './claims.ts'
import { OvertakenError, runJob } from './job.ts'
import { Journal } from './journal.ts'
import {
  electionTimeout,
  type FromMember,
  heartbeatInterval,
  type MemberArguments,
  type MembershipReport,
  snapshotEvery,
  type ToMember,
} from './protocol.ts'
import { journalPath, manifestOf, memberDirectory } from './run-directory.ts'

const reportInterval = 100
/** How long the member may take to close when the supervisor is gone, in ms. */
const closingTime = 10_000

const args = JSON.parse(process.argv[2] ?? '{}') as MemberArguments
const manifest = await manifestOf(args.directory)
const finish = new AbortController()
let stoppedSibling: number | null = null

process.on('message', (message: ToMember) => {
  if (message.type === 'finish') finish.abort()
  else stoppedSibling = message.pid
})

function send(message: FromMember): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected) process.send!(message, () => resolve())
    else resolve()
  })
}

async function fail(error: unknown): Promise<never> {
  console.error(error)
  await send({ type: 'failed', line: failureText(error) })
  process.exit(1)
}

/** The error in terms of this program: its user does not know the options of `join`. */
function failureText(error: unknown): string {
  const { id, directory } = args
  const address = manifest.members[id]
  const { message, cause } = error as Error
  const elsewhere = 'or give --data another directory'
  if (error instanceof DataLockedError)
    return `${directory} is in use by another run: end that one first, ${elsewhere}`
  if (error instanceof ListenError && (cause as NodeJS.ErrnoException).code === 'EADDRINUSE')
    return `${id} cannot listen on ${address}, the port is in use: end what uses it, ${elsewhere}`
  return `${id}: ${message}`
}

async function start(): Promise<void> {
  const { id, directory, rate } = args
  const claims = new Claims()
  const member: Member<Command, Answer> = await join<Command, Answer>({
    id,
    peers: manifest.members,
    rejoin: 'replace',
    data: memberDirectory(directory, id),
    cluster: manifest.cluster,
    machine: claims,
    snapshots: { everyEntries: snapshotEvery },
    electionTimeout,
    heartbeatInterval,
    shutdownSignals: ['SIGTERM'],
  })

  let done: { readonly fence: number; readonly position: number } | null = null
  let membership: MembershipReport | null = null
  const askForMembers = (): void => {
    // It fails while there is no leader. The next report asks again.
    member.members().then(
      ({ version, members, pending }) => {
        const kinds = Object.fromEntries(members.map(({ id, kind }) => [id, kind]))
        membership = { version, kinds, isChanging: pending !== null }
      },
      () => {},
    )
  }
  const report = (): void => {
    const { role, term, commit, applied, snapshot, state } = member.status()
    const { leadership } = member
    const fence = leadership?.held ? leadership.fence : null
    if (fence === null) membership = null
    else askForMembers()
    const { position } = claims.progress
    void send({
      type: 'report',
      role,
      term,
      commit,
      applied,
      snapshot: snapshot?.index ?? 0,
      waits: state === 'waiting',
      membership,
      fence,
      position,
      doneAt: done?.fence === fence ? done.position : null,
    })
  }
  const reporting = setInterval(report, reportInterval)
  report()

  const orphaned = (): void => {
    if (stoppedSibling !== null) wake(stoppedSibling)
    setTimeout(() => process.exit(1), closingTime).unref()
    void member.close()
  }
  if (process.connected) process.once('disconnect', orphaned)
  else orphaned()

  const closed = member.closed.finally(() => clearInterval(reporting))
  const journal = new Journal(journalPath(directory, manifest.session, id))
  const journaling = leadUntilClosed(member, (leadership) => {
    journal.watch(leadership)
    report()
    leadership.signal.addEventListener('abort', report, { once: true })
    return over(leadership)
  })
  const working = leadUntilClosed(member, async (leadership) => {
    const position = await runJob(leadership, {
      by: id,
      input: manifest.source.path,
      inputBytes: manifest.source.bytes,
      output: manifest.output,
      rate,
      finish: finish.signal,
      propose: (command, options) => member.propose(command, options),
    })
    done = { fence: leadership.fence, position }
    report()
    // The job is done, but the task must not end: the next leadership checks again for itself.
    return over(leadership)
  })
  await Promise.all([closed, journaling, working])
}

/**
 * Leads until the member closes. A failed `propose` ends the task, and the next one reads the state from the
 * log.
 */
async function leadUntilClosed(
  member: Member<Command, Answer>,
  task: (leadership: Leadership) => Promise<never>,
): Promise<void> {
  for (;;) {
    try {
      // The task never returns, so this resolves only when the member closes.
      return await member.lead(task)
    } catch (error) {
      if (error instanceof MemberClosedError) return
      if (!(error instanceof OarlockError || error instanceof OvertakenError)) throw error
      console.error(`${error.name}: ${error.message}`)
    }
  }
}

function over({ signal }: Leadership): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

function wake(pid: number): void {
  try {
    process.kill(pid, 'SIGCONT')
  } catch {
    // The process has ended already.
  }
}

try {
  await start()
  if (process.connected) process.disconnect()
} catch (error) {
  await fail(error)
}
