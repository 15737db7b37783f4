// Broken replication: log matching, what is committed, what is durable, flow control.
import type { Entry, Index } from '@oarlock/core'
import { type Mutant, mutant, scripted } from '../mutant.ts'
import {
  durability,
  follower,
  inflight,
  joint,
  leader,
  log,
  match,
  progress,
  proposal,
  raft,
  replication as sending,
} from './modules.ts'

/** What the core hands its rules for a log is the whole log. */
interface WholeLog {
  readonly lastIndex: Index
  slice(from: number, to: number, maxBytes: number): readonly Entry[] | undefined
}

export const replication: readonly Mutant[] = [
  scripted(
    'figure-8',
    mutant(
      'L1',
      'replicas are counted for entries of any term (figure 8)',
      match.replace('mayCommitAt', () => (termAtIndex) => termAtIndex !== undefined),
    ),
  ),
  mutant(
    'L2',
    'an append cuts off everything after prev, conflict or not',
    match.replace('conflictFreeSuffix', () => (_log, entries) => entries),
  ),
  mutant(
    'L3',
    'conflicting entries are overwritten, and the tail after them stays',
    match.replace('conflictFreeSuffix', (original) => (log, entries) => {
      const suffix = original(log, entries)
      const last = suffix.at(-1)
      if (last === undefined) return suffix
      const whole = log as typeof log & WholeLog
      const tail = whole.slice(last.index + 1, whole.lastIndex + 1, Number.POSITIVE_INFINITY)
      return [...suffix, ...(tail ?? [])]
    }),
  ),
  mutant(
    'L4',
    "a follower commits up to the leader's commit index, whatever the message proved",
    match.replace('followerCommit', () => (leaderCommit) => leaderCommit),
  ),
  mutant(
    'L5',
    'a follower acknowledges its own last entry, not the last of the message',
    follower.patch('acknowledge(node, from, lastOfMessage)', 'acknowledge(node, from, log.lastIndex)'),
  ),
  mutant(
    'L6',
    'a follower acknowledges the commit index of a leader, whether it holds the entries or not',
    follower.patch(
      'if (!holds(log, prev)) return refuse(node, from, prev)',
      'if (!holds(log, prev)) return prev.index <= message.commit ? acknowledge(node, from, prev.index) : refuse(node, from, prev)',
    ),
  ),
  mutant(
    'L7',
    'a late answer takes back what a member is known to hold',
    progress.replace('matchAfter', () => (_match, acknowledged) => acknowledged),
  ),
  mutant(
    'L9',
    'a missing entry has term 0, which matches 0',
    follower.patch('if (!holds(log, prev))', 'if ((log.termAt(prev.index) ?? 0) !== prev.term)'),
    sending.patch(
      'const prevTerm = log.termAt(prevIndex)',
      'const prevTerm = log.termAt(prevIndex) ?? (0 as typeof node.term)',
    ),
  ),
  // By itself it changes nothing: a leader holds every committed entry, so its messages never conflict with
  // one. The guard is for the case that something else is broken, which here is L2.
  scripted(
    'committed-is-not-cut-off',
    mutant(
      'L11',
      'committed entries are cut off without an error (together with L2)',
      match.replace('isBehindCommit', () => () => false),
      match.replace('mayReplace', () => () => true),
      match.replace('conflictFreeSuffix', () => (_log, entries) => entries),
    ),
  ),
  mutant(
    'L12',
    "the leader's own copy counts before it is on disk",
    durability.replace(
      'waitsForWrite',
      (original) => (envelope) =>
        !(envelope.message.type === 'appendResponse' && envelope.from === envelope.to) && original(envelope),
    ),
  ),
  scripted(
    'late-write-confirmation',
    mutant(
      'L13',
      'a write of an earlier term confirms the entries that have replaced its own',
      raft.patch(
        'const last = placeMadeDurable(write, node.term)',
        `const there = write.last === null ? undefined : node.log.termAt(write.last.index)
    const last = there === undefined ? null : { index: write.last!.index, term: there }`,
      ),
    ),
  ),
  mutant(
    'L15',
    'a new leader appends nothing of its own term',
    sending.patch(
      "appendToOwnLog(node, [{ type: 'normal', data: new Uint8Array(0) }])",
      'appendToOwnLog(node, [])',
    ),
  ),
  mutant(
    'L17',
    'entries that do not fit into one page are never applied',
    log.patch('this.#applying = index(this.#applying + entries.length)', 'this.#applying = to'),
  ),
  mutant(
    'L19',
    'heartbeats carry the commit index, whatever the member holds',
    match.replace('commitToTell', () => (_match, commit) => commit),
  ),
  mutant(
    'L21',
    'the new members alone commit in a joint configuration',
    joint.replace(
      'jointCommittedIndex',
      (original) => (configuration, acknowledged) =>
        original({ ...configuration, outgoing: [] }, acknowledged),
    ),
  ),
  mutant(
    'L23',
    'conflicts are ignored: only missing entries are appended',
    match.replace(
      'conflictFreeSuffix',
      () => (log, entries) => entries.filter(({ index: at }) => log.termAt(at) === undefined),
    ),
  ),
  mutant(
    'L25',
    'appends are acknowledged before they are on disk',
    durability.replace(
      'waitsForWrite',
      (original) => (envelope) =>
        !(envelope.message.type === 'appendResponse' && envelope.from !== envelope.to) && original(envelope),
    ),
  ),
  mutant(
    'L27',
    'an entry is committed when all voters but one have it that have answered in the term',
    joint.replace('jointCommittedIndex', (original) => (configuration, acknowledged) => {
      const answered = configuration.voters
        .map((voter) => acknowledged(voter) ?? 0)
        .filter((match) => match > 0)
      const byAllButOne = answered.toSorted((a, b) => a - b)[Math.min(1, answered.length - 1)] ?? 0
      return Math.min(byAllButOne, original(configuration, acknowledged)) as Index
    }),
  ),
  mutant(
    'F1',
    'applied entries still count as uncommitted',
    raft.patch(
      'node.uncommittedBytes = Math.max(0, node.uncommittedBytes - node.log.appliedTo(event.index))',
      'node.log.appliedTo(event.index)',
    ),
  ),
  mutant(
    'F3',
    'a member that was unreachable stays paused',
    leader.patch('  progress.resume()', "  if (progress.state === 'replicate') progress.resume()"),
  ),
  scripted(
    'far-behind',
    mutant(
      'F5',
      'a divergent tail is probed entry by entry',
      leader.patch('= placeToProbe(node.log, hint)', '= (rejected - 1) as Index'),
    ),
  ),
  mutant(
    'F7',
    'the window of appends counts messages, and not bytes',
    inflight.replace('windowIsFull', () => (count, _bytes, maxMessages) => count >= maxMessages),
  ),
  mutant(
    'F15',
    'a probe is repeated with all its entries, and its copies fill a slow link',
    progress.patch('this.#inflight.bytes += bytes', ''),
  ),
  mutant(
    'F9',
    'the window of appends takes one message more',
    inflight.replace(
      'windowIsFull',
      (original) => (count, bytes, maxMessages, maxBytes) =>
        original(count, bytes, maxMessages + 1, maxBytes),
    ),
  ),
  mutant(
    'F11',
    'a proposal is sent with the next heartbeat only',
    proposal.patch(
      'report(node, from, message, at, null)\n  broadcastAppend(node)',
      'report(node, from, message, at, null)',
    ),
  ),
  mutant(
    'F13',
    'members learn of a commit with the next heartbeat only',
    leader.patch(
      'if (advanceCommit(node)) broadcastAppend(node)\n  else if (from !== node.id && progress.mayBumpCommit(node.log.commit)) sendAppend(node, from, true)',
      'advanceCommit(node)',
    ),
  ),
  mutant(
    'K5',
    'a forwarded proposal that was appended is reported as refused',
    proposal.patch(
      'report(node, from, message, at, null)',
      "report(node, from, message, from === node.id ? at : null, from === node.id ? null : 'not-leader')",
    ),
  ),
]
