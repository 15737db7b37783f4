import { type Entry, index, staticVoters, term } from '@oarlock/core'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Workload, Write } from '../clients/index.ts'
import { LogCopy } from '../hardware/index.ts'
import { payloadOf } from '../machine/index.ts'
import type { SimNode } from '../member/index.ts'
import { CommittedLog } from '../model/index.ts'
import { Violation } from '../world/index.ts'
import { AcknowledgedWrites } from './acknowledged-writes.ts'

/** An entry of this write. */
const entryOf = (write: number, at: number, inTerm = 1): Entry => ({
  index: index(at),
  term: term(inTerm),
  ...payloadOf(write, null, new Uint8Array(0)),
})

interface Fake {
  readonly id: string
  lost: boolean
  retired: boolean
  readonly disk: { readonly durableLog: LogCopy }
}

type FakeWrite = Pick<Write, 'id' | 'at' | 'outcome' | 'reason' | 'duplicated'>

describe('at the end', () => {
  let nodes: Fake[]
  let writes: FakeWrite[]
  let committed: CommittedLog

  const log = (id: string): LogCopy => nodes.find((node) => node.id === id)!.disk.durableLog
  /** The checker that objects, or null. */
  const objection = (): string | null => {
    const checker = new AcknowledgedWrites(
      nodes as unknown as SimNode[],
      { writes } as unknown as Workload,
      committed,
    )
    try {
      checker.ended()
      return null
    } catch (error) {
      if (!(error instanceof Violation)) throw error
      return error.checker
    }
  }

  // Writes 1 to 3 are acknowledged at 1 to 3, on the disks of three members. `n4` is not a member.
  beforeEach(() => {
    nodes = ['n1', 'n2', 'n3', 'n4'].map((id) => ({
      id,
      lost: false,
      retired: false,
      disk: { durableLog: new LogCopy() },
    }))
    committed = new CommittedLog(staticVoters(['n1', 'n2', 'n3']))
    const entries = [1, 2, 3].map((at) => entryOf(at, at))
    for (const entry of entries) committed.push(entry, entry.term)
    for (const id of ['n1', 'n2', 'n3']) log(id).append(entries)
    writes = entries.map(({ index, term }, at) => ({
      id: at + 1,
      at: { index, term },
      outcome: 'acknowledged',
      reason: null,
      duplicated: false,
    }))
  })

  test('no checker objects if every member has every acknowledged write at its place', () => {
    expect(objection()).toBeNull()
  })

  test.each(['n1', 'n2', 'n3'])('DUR: the last one is not on the disk of %s', (id) => {
    log(id).cutAfter(index(2))
    expect(objection()).toBe('DUR')
  })

  test('DUR: another write is at its place', () => {
    log('n3').replace(entryOf(7, 2))
    expect(objection()).toBe('DUR')
  })

  test('DUR: its place has an entry of another term', () => {
    log('n3').replace(entryOf(2, 2, 2))
    expect(objection()).toBe('DUR')
  })

  test('a write that was never acknowledged need not exist', () => {
    for (const id of ['n1', 'n2', 'n3']) log(id).cutAfter(index(2))
    writes[2] = { ...writes[2]!, at: null, outcome: 'unknown' }
    expect(objection()).toBeNull()
  })

  test('neither a lost disk nor that of a non-member need have it', () => {
    log('n2').cutAfter(index(0))
    nodes[1]!.lost = true
    expect(objection()).toBeNull()
  })

  test('a member that was removed, has stopped and was added again need not have it before it is started', () => {
    log('n2').cutAfter(index(0))
    nodes[1]!.retired = true
    expect(objection()).toBeNull()
    nodes[1]!.retired = false
    expect(objection()).toBe('DUR')
  })

  test('a snapshot has it if it is committed', () => {
    log('n2').startAt({ index: index(2), term: term(1) })
    expect(objection()).toBeNull()
  })

  test('DUR: a snapshot beyond the committed log does not have it', () => {
    writes.push({ ...writes[2]!, id: 4, at: { index: index(4), term: term(1) } })
    for (const id of ['n1', 'n2', 'n3']) log(id).restore({ index: index(4), term: term(1) })
    expect(objection()).toBe('DUR')
  })

  describe('a refused write', () => {
    beforeEach(() => {
      writes[1] = { ...writes[1]!, at: null, outcome: 'refused', reason: 'OARLOCK_NO_LEADER' }
    })

    test('DROP: is committed', () => {
      expect(objection()).toBe('DROP')
    })

    test('may be committed if the network made a copy of it', () => {
      writes[1]!.duplicated = true
      expect(objection()).toBeNull()
    })

    test('need not be committed', () => {
      writes.push({ ...writes[1]!, id: 4 })
      writes[1] = { ...writes[1]!, outcome: 'unknown' }
      expect(objection()).toBeNull()
    })
  })
})
