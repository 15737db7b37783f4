import { describe, expect, test } from 'vitest'
import { firstDifference } from './compare.ts'

const output = `> 1 handling Ready
  Ready MustSync=true:
  Lead:1 State:StateLeader
  HardState Term:2 Vote:1 Commit:11
  Entries:
  2/12 EntryNormal "a ] b"
  Snapshot Index:11 Term:1 ConfState:Voters:[1 2] VotersOutgoing:[] Learners:[] LearnersNext:[] AutoLeave:false
  CommittedEntries:
  1/11 EntryNormal ""
  Messages:
  1->2 MsgApp Term:2 Log:1/11 Commit:11 Entries:[2/12 EntryNormal "a ] b"]
  1->3 MsgApp Term:2 Log:1/10 Commit:11 Entries:[
    1/11 EntryNormal ""
    2/12 EntryConfChangeV2 v4 r3
  ]
  1->4 MsgSnap Term:2 Log:0/0
    Snapshot: Index:11 Term:1 ConfState:Voters:[1 2] VotersOutgoing:[] Learners:[] LearnersNext:[] AutoLeave:false
  1->AppendThread MsgStorageAppend Term:2 Log:0/0 Commit:11 Vote:1 Entries:[2/12 EntryNormal "a ] b"] Responses:[
    1->1 MsgAppResp Term:2 Log:0/12
    AppendThread->1 MsgStorageAppendResp Term:2 Log:2/12
  ]
> 2 receiving messages
  3->2 MsgAppResp Term:2 Log:1/10 Rejected (Hint: 9)
  raft: cannot step as peer not found
> 2 processing append thread
  Processing:
  2->AppendThread MsgStorageAppend Term:2 Log:0/0 Commit:11 Vote:1
  Responses:
  2->1 MsgVoteResp Term:2 Log:0/0
dropped: 2->1 MsgVoteResp Term:2 Log:0/0
1: StateReplicate match=17 next=18 paused inflight=3[full]
2: StateFollower (Voter) Term:2 Lead:1
2/12 EntryNormal "z"`

describe('two outputs', () => {
  test('are equal to themselves', () => {
    expect(firstDifference(output, output)).toBeNull()
  })

  test('are equal if they differ only in log lines, indentation, blank lines and ok', () => {
    const dressed = output
      .split('\n')
      .flatMap((line) => [`INFO 1 became follower at term 7`, '', ` ${line}`, '  DEBUG 2 sent'])
      .join('\n')
    expect(firstDifference(dressed, output)).toBeNull()
    expect(firstDifference('ok', 'INFO x')).toBeNull()
  })

  const lines = output.split('\n')
  test.each(lines)('differ where a line is missing: %s', (line) => {
    const at = lines.indexOf(line)
    const without = lines.toSpliced(at, 1).join('\n')
    const differs = (a: string, b: string): boolean => {
      try {
        return firstDifference(a, b) !== null
      } catch {
        return true // an unclosed list
      }
    }
    expect(differs(output, without)).toBe(true)
    expect(differs(without, output)).toBe(true)
  })

  test('differ if any number differs', () => {
    for (const { index, 0: digits } of output.matchAll(/\d+/g)) {
      const changed = `${output.slice(0, index)}${Number(digits) + 1}${output.slice(index + digits.length)}`
      expect(firstDifference(output, changed), `${digits} at ${index}`).not.toBeNull()
    }
  })

  test('may have the messages of one Ready in any order, but not delivered messages', () => {
    const ready = (...messages: string[]): string =>
      ['Ready MustSync=false:', 'Messages:', ...messages].join('\n')
    const a = '1->2 MsgHeartbeat Term:1 Log:0/0'
    const b = '1->3 MsgHeartbeat Term:1 Log:0/0'
    expect(firstDifference(ready(a, b), ready(b, a))).toBeNull()
    expect(firstDifference(ready(a, b), ready(a, a))).not.toBeNull()
    expect(firstDifference(ready(a, a, b), ready(a, b))).not.toBeNull()
    expect(firstDifference(`${a}\n${b}`, `${b}\n${a}`)).not.toBeNull()
  })

  test('may sync more often, but never less often', () => {
    const ready = (sync: boolean): string => `Ready MustSync=${sync}:\nHardState Term:1 Commit:4`
    expect(firstDifference(ready(false), ready(true))).toBeNull()
    expect(firstDifference(ready(true), ready(false))).not.toBeNull()
  })

  test('are equal if their errors are of one class', () => {
    expect(firstDifference('raft proposal dropped', 'proposal dropped: no leader')).toBeNull()
    expect(firstDifference('raft proposal dropped', 'raft: cannot step as peer not found')).not.toBeNull()
    expect(firstDifference('raft proposal dropped', 'ok')).not.toBeNull()
    expect(firstDifference('something new', 'something else')).not.toBeNull()
  })

  test('are reported with their first difference', () => {
    expect(firstDifference('> 1 handling Ready\n<empty Ready>', '> 1 handling Ready\nno messages')).toEqual({
      expected: '> 1 handling Ready\n<empty Ready>',
      got: '> 1 handling Ready\nno messages',
    })
    expect(firstDifference('no messages', 'ok')).toEqual({ expected: 'no messages', got: '(nothing more)' })
  })
})
