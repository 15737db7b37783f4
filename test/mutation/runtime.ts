// Bugs in the runtime: the driver, the proposals and the leadership.
import type { ByteSource } from '@oarlock/runtime'
import { inModule, type Mutant, mutant, scripted } from './mutant.ts'

const driver = inModule<typeof import('../../packages/runtime/src/driver/driver.ts')>(
  'packages/runtime/src/driver/driver.ts',
)
const proposals = inModule<typeof import('../../packages/runtime/src/proposals/proposals.ts')>(
  'packages/runtime/src/proposals/proposals.ts',
)
const reads = inModule<typeof import('../../packages/runtime/src/reads/reads.ts')>(
  'packages/runtime/src/reads/reads.ts',
)
const applier = inModule<typeof import('../../packages/runtime/src/applying/applier.ts')>(
  'packages/runtime/src/applying/applier.ts',
)
const command = inModule<typeof import('../../packages/runtime/src/proposals/command.ts')>(
  'packages/runtime/src/proposals/command.ts',
)
const leaderTime = inModule<typeof import('../../packages/runtime/src/proposals/leader-time.ts')>(
  'packages/runtime/src/proposals/leader-time.ts',
)
const replica = inModule<typeof import('../../packages/runtime/src/replica.ts')>(
  'packages/runtime/src/replica.ts',
)
const receiver = inModule<typeof import('../../packages/runtime/src/replica-receiver.ts')>(
  'packages/runtime/src/replica-receiver.ts',
)
const sessions = inModule<typeof import('../../packages/runtime/src/sessions/table.ts')>(
  'packages/runtime/src/sessions/table.ts',
)
const sessionsInSnapshots = inModule<typeof import('../../packages/runtime/src/sessions/section.ts')>(
  'packages/runtime/src/sessions/section.ts',
)
const lane = inModule<typeof import('../../packages/runtime/src/ports/lane.ts')>(
  'packages/runtime/src/ports/lane.ts',
)
const restored = inModule<typeof import('../../packages/runtime/src/restored.ts')>(
  'packages/runtime/src/restored.ts',
)
const tracker = inModule<typeof import('../../packages/runtime/src/leadership/tracker.ts')>(
  'packages/runtime/src/leadership/tracker.ts',
)
const leadership = inModule<typeof import('../../packages/runtime/src/leadership/lease-leadership.ts')>(
  'packages/runtime/src/leadership/lease-leadership.ts',
)

const content = inModule<typeof import('../../packages/runtime/src/snapshots/content.ts')>(
  'packages/runtime/src/snapshots/content.ts',
)
const snapshotter = inModule<typeof import('../../packages/runtime/src/snapshots/snapshotter.ts')>(
  'packages/runtime/src/snapshots/snapshotter.ts',
)
const requests = inModule<typeof import('../../packages/runtime/src/snapshots/requests.ts')>(
  'packages/runtime/src/snapshots/requests.ts',
)
const appliedCore = inModule<typeof import('../../packages/runtime/src/applied-core.ts')>(
  'packages/runtime/src/applied-core.ts',
)
const retention = inModule<typeof import('../../packages/runtime/src/snapshots/retention.ts')>(
  'packages/runtime/src/snapshots/retention.ts',
)

export const runtime: readonly Mutant[] = [
  mutant(
    'S5',
    'the log is cut before its snapshot is durable',
    retention.replace(
      'placeToCompactTo',
      () => (durable, kept, taking) => taking ?? durable[kept - 1]?.meta ?? null,
    ),
  ),
  mutant(
    'S9',
    'a snapshot includes entries that were applied while it was written',
    content.replace(
      'viewOf',
      () => (sections) =>
        sections.flatMap((section) => {
          if (section.take() === null) return []
          let source: ReturnType<typeof section.take> = null
          const late: ByteSource = {
            next: (got) => {
              source ??= section.take()
              source?.next(got)
            },
            cancel: () => source?.cancel(),
          }
          return [{ name: section.name, format: section.format, source: late }]
        }),
    ),
  ),
  mutant(
    'S17',
    'entries are applied while a snapshot is being restored',
    driver.patch('entries.length === 0 || this.holdsApplying', 'entries.length === 0'),
  ),
  mutant(
    'S19',
    'a start begins at the newest snapshot, though the log does not go on from it',
    retention.replace('isUsable', () => () => true),
  ),
  mutant(
    'S21',
    'a member applies entries although it has no state',
    replica.patch('if (this.snapshotter?.lacksState) this.members.passedOver(entry)', 'if (false) undefined'),
  ),
  mutant(
    'S23',
    'a member that got its state from a peer does not replay the entries that it has passed over',
    snapshotter.patch(
      'overtaken(newest.meta)\n    this.#restore(applied, log.termAt(applied)!)',
      'overtaken(newest.meta)\n    this.#restore(newest.meta.index, newest.meta.term)',
    ),
  ),
  mutant(
    'S25',
    'a member that has no state begins a leadership',
    appliedCore.patch('this.#hasState() ? this.#raft.applied : index(0)', 'this.#raft.applied'),
  ),
  mutant(
    'S27',
    'a command is taken for lost that is in the snapshot from a peer',
    snapshotter.patch('overtaken(newest.meta)', ''),
  ),
  mutant(
    'S29',
    'a member that asks for a snapshot is not sent one',
    requests.patch('transfers.sendAsked(to, raft.term, snapshot)', 'undefined'),
  ),
  mutant(
    'S31',
    'a member without state refuses a snapshot of what it has committed',
    snapshotter.patch('this.#requesting === null ? raft.commit :', 'true ? raft.commit :'),
  ),
  mutant(
    'M7',
    'a restart takes the configuration from the file of the founders',
    restored.replace('configurationAtStart', () => (_snapshot, founders) => founders),
  ),
  mutant(
    'X1',
    'a leadership is held until the end of a turn finds that it is not',
    leadership.patch('if (now < this.#lease.deadline(this.fence)) return true', 'return true'),
  ),
  mutant(
    'X3',
    'a leadership keeps its old deadline after the core has revoked it',
    tracker.patch(
      "core.role === 'leader' && core.term === fence ? core.leaseDeadline : Number.NEGATIVE_INFINITY,",
      '(this.oldDeadline = Math.max(core.term === fence ? core.leaseDeadline : Number.NEGATIVE_INFINITY, this.oldDeadline ?? Number.NEGATIVE_INFINITY)),',
    ),
  ),
  mutant(
    'X15',
    'a leadership begins before everything is applied that earlier ones committed',
    tracker.patch('core.applied >= core.termStart &&', ''),
  ),
  mutant(
    'X17',
    'heartbeats wait behind entries',
    lane.replace('laneOf', () => () => 'bulk'),
  ),
  mutant(
    'D1',
    'a message to itself is handled before the write that it depends on',
    driver.patch(
      'if (write !== null) this.#toWrite.push(mustSync ? { ...write, mustSync } : write)',
      `if (write !== null) {
      for (const { to, message } of write.thenSend)
        if (to === this.#init.id) this.#init.raft.step({ type: 'receive', from: this.#init.id, message }, this.#init.clock.now())
      this.#toWrite.push({ ...write, thenSend: write.thenSend.filter(({ to }) => to !== this.#init.id) })
    }`,
    ),
  ),
  mutant(
    'D3',
    'an `applied` event names entries that are not applied yet',
    driver.patch('index: entries[next - 1]!.index', 'index: entries.at(-1)!.index'),
  ),
  mutant(
    'D5',
    'a write that ends after `stop()` is confirmed',
    driver.patch(
      `this.#writing = false
      if (this.#stopped) return
      if (failure`,
      `this.#writing = false
      if (failure`,
    ),
  ),
  mutant(
    'D7',
    'messages leave before the write that they depend on',
    driver.patch(
      'if (write !== null) this.#toWrite.push(mustSync ? { ...write, mustSync } : write)',
      `if (write !== null) {
      this.#send(write.thenSend.filter(({ to }) => to !== this.#init.id))
      this.#toWrite.push({ ...write, thenSend: write.thenSend.filter(({ to }) => to === this.#init.id) })
    }`,
    ),
  ),
  scripted(
    'snapshot-while-applying',
    mutant(
      'D9',
      'entries that a snapshot stands for are applied to its state',
      driver.patch('.filter(({ index }) => index > snapshot.index)', ''),
    ),
  ),
  mutant(
    'D11',
    'a second write begins while one is under way',
    driver.patch(
      'if (this.#writing || this.#toWrite.length === 0) return',
      'if (this.#toWrite.length === 0) return',
    ),
  ),
  mutant(
    'D13',
    'the timer is not set anew when the deadline comes closer',
    driver.patch(
      'if (this.#cancelTimer !== null && this.#timerAt <= deadline) return',
      'if (this.#cancelTimer !== null) return',
    ),
  ),
  mutant(
    'D15',
    'a write that only moves the commit index is put off, and never confirmed',
    driver.patch('    this.#confirm(batch)\n  }', '  }'),
  ),
  scripted(
    'commit-notice',
    mutant(
      'D17',
      'a commit notice that was held back waits for the next event',
      driver.patch('if (this.#notices.any) this.schedule()\n    }', '}'),
    ),
  ),
  mutant(
    'K7',
    'a submitted proposal that timed out is said not to be applied',
    proposals.patch(
      'this.#reject(proposal, new ProposalTimeoutError(',
      'this.#reject(proposal, new NoLeaderError(',
    ),
  ),
  mutant(
    'K9',
    'a submitted proposal is lost when an entry of a later term is applied, though a snapshot may have stood for it',
    proposals.patch('&& place.index > this.#installed', ''),
  ),
  mutant(
    'K11',
    'a result goes to the first proposal of its request',
    proposals.patch('batch?.proposals[offsetOf(data)]', 'batch?.proposals[0]'),
  ),
  mutant(
    'K13',
    'a proposal whose outcome is unknown is submitted again under the next leader',
    proposals.patch(
      'if (this.#parked.length === 0) return\n    this.#waiting',
      `for (const batch of this.#batches.values())
      for (const proposal of batch.proposals)
        if (proposal.state === 'submitted' && batch.term !== this.#init.core.term) {
          proposal.state = 'waiting'
          proposal.batch = null
          this.#submitted--
          this.#waiting.push(proposal)
        }
    this.#waiting`,
    ),
  ),
  mutant(
    'R19',
    'a member serves a read before it has applied what the read must see',
    reads.replace('mayServe', () => () => true),
  ),
  mutant(
    'R21',
    'a read joins a request that was made before it came in',
    reads.patch(
      'if (reads.length === 0) continue',
      `const [before] = unanswered
      if (before !== undefined) {
        before.reads.push(...reads)
        continue
      }`,
    ),
  ),
  mutant(
    'R23',
    'a read of local state is never served',
    reads.patch(
      "const index = consistency === 'local' ? 0",
      "const index = consistency === 'local' ? 2 ** 40",
    ),
  ),
  mutant(
    'R25',
    'reads are served while a snapshot is being restored',
    replica.patch('(this.#hasState ? raft.applied : null)', 'raft.applied'),
  ),
  mutant(
    'K3',
    'sessions expire by the clock of each member',
    applier.patch(
      'sessions.begin(place, context.leaderTime)',
      'sessions.begin(place, this.#init.leaderTime.now())',
    ),
  ),
  mutant(
    'K15',
    'a command that is repeated in its session is applied again',
    sessions.replace('answerTo', () => () => undefined),
  ),
  mutant(
    'K17',
    'snapshots have no table of sessions',
    sessionsInSnapshots.patch(
      'encodeTable(table, leaderTime.latest)',
      'encodeTable(new SessionTable(), leaderTime.latest)',
    ),
    sessionsInSnapshots.patch('import type { SessionTable }', 'import { SessionTable }'),
  ),
  mutant(
    'K19',
    'a repeated command gets the answer of another one of its session',
    sessions.replace('answerTo', () => ({ answers }, number) => {
      const [first] = answers.values()
      return answers.has(number) ? first : undefined
    }),
  ),
  mutant(
    'K21',
    'leader time begins anew with each leader',
    leaderTime.patch('this.#base = this.#latest', 'this.#base = 0'),
  ),
  mutant(
    'K23',
    'the leader writes no time into the commands of other members',
    receiver.patch('const time = timeToWrite()', 'const time = 0'),
  ),
  mutant(
    'K25',
    'the leader writes its time into bytes that others hold',
    command.replace('withTime', () => (entries, time) => {
      for (const { data } of entries) {
        data[20] = time >>> 24
        data[21] = time >>> 16
        data[22] = time >>> 8
        data[23] = time
      }
      return [...entries]
    }),
  ),
  mutant(
    'K27',
    'a session never expires',
    sessions.replace('hasExpired', () => () => false),
  ),
  mutant(
    'K29',
    'a command acknowledges the answers to all before it',
    sessions.patch('this.#acknowledge(found, acknowledged)', 'this.#acknowledge(found, number)'),
  ),
]
