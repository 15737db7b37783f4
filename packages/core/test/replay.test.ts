// A node that starts with a long log, of which nothing is applied yet.
import {
  completeConfig,
  emptyHardState,
  encodeChange,
  index,
  MemoryLog,
  Raft,
  staticVoters,
  term,
} from '@oarlock/core'
import { describe, expect, it } from 'vitest'
import { remove } from './members.ts'

const timeouts = { electionTimeout: 100, heartbeatInterval: 20 }

/** Counts the entries that are read. */
class CountingLog extends MemoryLog {
  read = 0

  override entries(...range: Parameters<MemoryLog['entries']>): ReturnType<MemoryLog['entries']> {
    const entries = super.entries(...range)
    this.read += entries.length
    return entries
  }
}

/** `committed` of 1000 entries, and a change of the membership at some of them. */
function start({ committed = 1000, changes = [] as number[] }): { raft: Raft; log: CountingLog } {
  const log = new CountingLog()
  const command = { type: 'normal', term: term(1), data: Uint8Array.of(1) } as const
  const change = { type: 'configuration', term: term(1), data: encodeChange(remove('c')) } as const
  log.append(
    Array.from({ length: 1000 }, (_, n) => ({
      ...(changes.includes(n + 1) ? change : command),
      index: index(n + 1),
    })),
  )
  const raft = new Raft({
    config: completeConfig({ ...timeouts, id: 'a', lease: false, preVote: false }),
    restored: {
      hardState: { ...emptyHardState, term: term(1), commit: index(committed) },
      configuration: staticVoters(['a', 'b', 'c']),
      applied: index(0),
    },
    log,
    random: () => 0,
    now: 0,
  })
  return { raft, log }
}

describe('a node that has much to apply', () => {
  it('searches it once for changes of the membership, however often it is asked or stands', () => {
    const { raft, log } = start({})
    expect(raft.inspect().candidacy.state).toBe('waits')
    expect(log.read).toBe(1000)
    for (let now = 0; now < 5; now++) raft.inspect(now)
    raft.step({ type: 'tick' }, 200)
    expect(raft.role).toBe('candidate')
    raft.step({ type: 'tick' }, 500)
    expect(raft.term).toBe(3)
    expect(log.read).toBe(1000)
  })

  it('searches no more than what comes later is committed', () => {
    const { raft, log } = start({ committed: 600, changes: [900] })
    expect(raft.inspect().candidacy.state).toBe('waits')
    const prev = { term: term(1), index: index(1000) }
    const message = { type: 'append', term: term(1), prev, entries: [], commit: index(1000) } as const
    raft.step({ type: 'receive', from: 'b', message }, 1)
    log.read = 0
    expect(raft.inspect(400).candidacy.state).toBe('change-not-applied')
    expect(log.read).toBe(400)
  })

  it('does not stand before it has applied a change, and reads the entries before the change once', () => {
    const { raft, log } = start({ changes: [700] })
    raft.step({ type: 'tick' }, 200)
    expect(raft.role).toBe('follower')
    log.read = 0
    expect(raft.inspect(300).candidacy.state).toBe('change-not-applied')
    expect(log.read).toBe(301)
    expect(raft.take().apply).toHaveLength(1000)
    raft.step({ type: 'applied', index: index(699) }, 300)
    raft.step({ type: 'tick' }, 400)
    expect(raft.role).toBe('follower')
    raft.step({ type: 'applied', index: index(1000) }, 401)
    raft.step({ type: 'tick' }, 900)
    expect(raft.role).toBe('candidate')
  })
})
