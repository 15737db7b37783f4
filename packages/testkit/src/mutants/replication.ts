// Broken replication: log matching, what is committed, what is durable, flow control.
import { type Entry, type Index, index, standardRules, term } from '@oarlock/core'
import { type Mutant, mutant, scripted } from './mutant.ts'

/** What the core hands its rules for a log is the whole log. */
interface WholeLog {
  readonly lastIndex: Index
  slice(from: Index, to: Index, maxBytes: number): readonly Entry[] | undefined
}

export const replication: readonly Mutant[] = [
  scripted(
    'figure-8',
    mutant('L1', 'replicas are counted for entries of any term (figure 8)', {
      mayCommitAt: (termAtIndex) => termAtIndex !== undefined,
    }),
  ),
  mutant('L2', 'an append cuts off everything after prev, conflict or not', {
    conflictFreeSuffix: (_log, entries) => entries,
  }),
  mutant('L3', 'conflicting entries are overwritten, and the tail after them stays', {
    conflictFreeSuffix: (log, entries) => {
      const suffix = standardRules.conflictFreeSuffix(log, entries)
      const last = suffix.at(-1)
      if (last === undefined) return suffix
      const { lastIndex, slice } = log as typeof log & WholeLog
      const tail = slice.call(log, index(last.index + 1), index(lastIndex + 1), Number.POSITIVE_INFINITY)
      return [...suffix, ...(tail ?? [])]
    },
  }),
  mutant('L4', "a follower commits up to the leader's commit index, whatever the message proved", {
    followerCommit: (leaderCommit) => leaderCommit,
  }),
  mutant('L5', 'a follower acknowledges its own last entry, not the last of the message', {
    acknowledgedIndex: (_lastOfMessage, ownLast) => ownLast,
  }),
  mutant('L7', 'a late answer takes back what a member is known to hold', {
    matchAfter: (_match, acknowledged) => acknowledged,
  }),
  mutant('L9', 'the term of an entry that is not there is 0, which matches 0', {
    termOfPrevious: (log, at) => log.termAt(at) ?? term(0),
  }),
  // By itself it changes nothing: leaders hold what is committed, so what they send never conflicts with it. The guard is for the
  // day on which something else is broken; here that is L2, and what L2 alone cannot cut off goes as well.
  scripted(
    'committed-is-not-cut-off',
    mutant('L11', 'what is committed is cut off without a word (together with L2)', {
      isBehindCommit: () => false,
      mayReplace: () => true,
      conflictFreeSuffix: (_log, entries) => entries,
    }),
  ),
  mutant('L12', "the leader's own copy counts before it is on disk", {
    waitsForWrite: (envelope) =>
      !(envelope.message.type === 'appendResponse' && envelope.from === envelope.to) &&
      standardRules.waitsForWrite(envelope),
  }),
  scripted(
    'late-write-confirmation',
    mutant('L13', 'a write of an earlier term confirms the entries that have replaced its own', {
      placeMadeDurable: ({ last }, _current, log) => {
        const there = last === null ? undefined : log.termAt(last.index)
        return last === null || there === undefined ? null : { index: last.index, term: there }
      },
    }),
  ),
  mutant('L15', 'a new leader appends nothing of its own term', {
    firstEntriesOfTerm: () => [],
  }),
  mutant('L17', 'what did not fit into one page is never applied', {
    lastHandedOut: (_before, _count, committed) => committed,
  }),
  mutant('L19', 'heartbeats tell the commit index, whatever a member holds', {
    commitToTell: (_match, commit) => commit,
  }),
  mutant('L21', 'the new members alone commit in a joint configuration', {
    committedIndex: (configuration, acknowledged, majority) =>
      standardRules.committedIndex({ ...configuration, outgoing: [] }, acknowledged, majority),
  }),
  mutant('L23', 'conflicts are not looked for: only entries that are missing are appended', {
    conflictFreeSuffix: (log, entries) => entries.filter(({ index: at }) => log.termAt(at) === undefined),
  }),
  mutant('L25', 'appends are acknowledged before they are on disk', {
    waitsForWrite: (envelope) =>
      !(envelope.message.type === 'appendResponse' && envelope.from !== envelope.to) &&
      standardRules.waitsForWrite(envelope),
  }),
  mutant('F1', 'what is applied stays on the account of what is uncommitted', {
    stillUncommitted: (uncommitted) => uncommitted,
  }),
  mutant('F3', 'a member that was unreachable stays paused', {
    resumesWhenHeard: (state) => state === 'replicate',
  }),
  scripted(
    'far-behind',
    mutant('F5', 'a divergent tail is probed entry by entry', {
      placeToProbe: (_log, rejected) => index(rejected - 1),
    }),
  ),
  mutant('F7', 'the window of appends counts messages, and not bytes', {
    windowIsFull: (count, _bytes, maxMessages) => count >= maxMessages,
  }),
  mutant('F9', 'the window of appends takes one message more', {
    windowIsFull: (count, bytes, maxMessages, maxBytes) =>
      standardRules.windowIsFull(count, bytes, maxMessages + 1, maxBytes),
  }),
  mutant('K5', 'a proposal that was forwarded and appended is said to be refused', {
    placeToTell: (at, forwarded) => (forwarded ? null : at),
  }),
]
