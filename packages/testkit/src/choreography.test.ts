// What has to happen in one order for a broken rule to do harm. Each script runs with the rules as they are, too.
import { index, type Rules, standardRules, term } from '@oarlock/core'
import { describe, expect, test } from 'vitest'
import { LocalEvent } from './arrival.ts'
import { mutantNamed } from './mutants/index.ts'
import { Script } from './script.ts'

const broken = (name: string): Rules => mutantNamed(name).rules

describe('a leader that was deposed and does not know', () => {
  /** s1 and s2 on one side; on the other s3 leads and has committed a write. Then s1 is asked to read. */
  function read(rules: Rules): Script {
    const config = { heartbeatInterval: 100 }
    const script = new Script({ voters: ['s1', 's2', 's3', 's4', 's5'], config, rules })
    script.elect('s1')
    script.write('s1')
    let answers = 0
    script.simulation.observer.add({
      leaving: (_node, { message }) => {
        if (message.type === 'heartbeatResponse') answers++
      },
    })
    script.until('everybody has answered a heartbeat', () => answers === 4)
    script.pass(10)
    script.split(['s1', 's2'], ['s3', 's4', 's5'])
    script.elect('s3')
    script.write('s3')
    script.simulation.reads.read(script.node('s1'), 'quorum')
    script.pass(200)
    return script
  }

  test('serves no read: the heartbeats that were answered are older than it', () => {
    expect(read(standardRules).simulation.reads.served).toBe(0)
  })

  test('R3: answers to earlier heartbeats confirm it, and it is stale', () => {
    expect(() => read(broken('R3'))).toThrow(/read #1 on s1, by quorum, sees the state at 2/)
  })
})

describe('a read in a joint configuration', () => {
  /** s1 is in {s1 s4 s5} and {s1 s2 s3}, which s2 and s3 do not know yet: they elect s2, and it commits a write. */
  function read(rules: Rules): Script {
    const script = new Script({ voters: ['s1', 's2', 's3'], others: ['s4', 's5'], rules })
    script.elect('s1')
    script.write('s1')
    script.pass(30)
    script.mute('s1', 's3')
    script.change('s1', {
      transition: 'explicit',
      changes: [
        { kind: 'remove', id: 's2' },
        { kind: 'remove', id: 's3' },
        { kind: 'voter', id: 's4' },
        { kind: 'voter', id: 's5' },
      ],
    })
    script.until('s2 has the change', () => script.log('s2').endsWith('3@1'))
    script.mute('s1', 's2')
    script.until('it is in force at s1', () => script.node('s1').raft.applied === 3)
    script.until('s4 and s5 know it', () => ['s4', 's5'].every((id) => script.node(id).raft.applied === 3))

    script.mute('s2', 's1', 's4', 's5')
    script.mute('s3', 's1', 's4', 's5')
    script.campaign('s2')
    script.until('s3 has voted', () => script.node('s3').disk.votes.size === 2)
    script.mute('s2', 's3')
    script.until('s2 leads', () => script.node('s2').raft.role === 'leader')
    script.propose('s2') // before anything of its term is committed, so that the old majority commits both
    script.until('it is in its log', () => script.log('s2').endsWith('5@2'))
    script.unmute('s2', 's3')
    script.until('it is acknowledged', () => script.simulation.workload.acknowledged === 2)

    script.simulation.reads.read(script.node('s1'), 'quorum')
    script.pass(100)
    return script
  }

  test('waits for both majorities', () => {
    expect(read(standardRules).simulation.reads.served).toBe(0)
  })

  test('R11: the new majority alone confirms it, and it is stale', () => {
    expect(() => read(broken('R11'))).toThrow(/read #1 on s1, by quorum, sees the state at 3/)
  })
})

describe('a vote that comes late', () => {
  /** s2 votes for s1 in term 1 and for s3 in term 2; s1 stands in both, and hears of the first vote while it stands in the second. */
  function play(rules: Rules): Script {
    const script = new Script({ voters: ['s1', 's2', 's3'], rules })
    script.mute('s2', 's1')
    script.mute('s3', 's1')
    script.campaign('s1')
    script.until('s2 has voted', () => script.node('s2').disk.votes.size === 1)
    script.mute('s1', 's2', 's3')
    script.campaign('s1')
    script.until('s1 stands again', () => script.node('s1').disk.votes.size === 2)
    script.elect('s3')
    const vote = { type: 'voteResponse', term: term(1), granted: true } as const
    script.node('s1').arrive(new LocalEvent({ type: 'receive', from: 's2', message: vote }))
    script.pass(10)
    return script
  }

  test('does not count in a later term', () => {
    expect(play(standardRules).node('s1').raft.role).toBe('candidate')
  })

  test('E5: it makes a second leader', () => {
    expect(() => play(broken('E5'))).toThrow('s1 leads term 2, which s3 led already')
  })
})

describe('a candidate whose disk is slow', () => {
  /** s2 and s3 have voted for s1 before its own vote is on disk; it crashes then, and stands again. */
  function play(rules: Rules): Script {
    const script = new Script({ voters: ['s1', 's2', 's3'], rules })
    const { disk } = script.node('s1')
    disk.slowness = 10_000
    script.campaign('s1')
    script.until('they have voted', () => ['s2', 's3'].every((id) => script.node(id).disk.votes.size === 1))
    script.mute('s1', 's2', 's3')
    script.pass(50)
    expect(disk.busy).toBe(true)
    script.node('s1').crash()
    expect(disk.durableHardState.term).toBe(0)
    disk.slowness = 1
    script.unmute('s1', 's2', 's3')
    script.node('s1').start()
    script.elect('s1')
    return script
  }

  test('does not lead before it could remember that it did', () => {
    expect(play(standardRules).node('s1').raft.term).toBe(1)
  })

  test('E+: it leads the same term twice', () => {
    expect(() => play(broken('E+'))).toThrow('s1 leads term 1, which s1 led already')
  })
})

describe('an order to stand that comes late', () => {
  /** s1 was to hand over to s2, gave that up, and has committed a write without it. Then the order arrives after all. */
  function play(rules: Rules): Script {
    const script = new Script({ voters: ['s1', 's2', 's3'], config: { electionTimeout: 300 }, rules })
    script.elect('s1')
    script.write('s1')
    script.pass(30)
    script.mute('s1', 's2')
    script.node('s1').arrive(new LocalEvent({ type: 'transfer', to: 's2' }))
    script.pass(5)
    script.unmute('s1', 's2')
    script.until('s1 gives up', () => script.node('s1').raft.inspect().transferTarget === null)
    script.mute('s1', 's2')
    script.write('s1')
    const order = { type: 'timeoutNow', term: term(1) } as const
    script.node('s2').arrive(new LocalEvent({ type: 'receive', from: 's1', message: order }))
    script.pass(50)
    return script
  }

  test('does not make a leader without the write', () => {
    expect(play(standardRules).node('s2').raft.role).not.toBe('leader')
  })

  test('E7: without the up-to-date rule it does', () => {
    expect(() => play(broken('E7'))).toThrow(/s2 leads term 2 without 3@1/)
  })
})

describe('a write of a deposed leader that ends late', () => {
  /** s1 slept while its write went on, and while s2 was elected: it wakes to what replaces its entry, then to the end of the write. */
  function play(rules: Rules): Script {
    const script = new Script({ voters: ['s1', 's2', 's3'], rules })
    script.elect('s1')
    script.pass(30)
    script.mute('s1', 's2', 's3')
    const { disk } = script.node('s1')
    disk.slowness = 1000
    script.propose('s1')
    script.node('s1').pause()
    script.elect('s2')
    script.mute('s2', 's3')
    script.pass(20)
    expect(disk.busy).toBe(true)
    script.pass(200)
    expect(script.log('s1')).toBe('1@1 2@1')
    disk.slowness = 1
    script.unmute('s1', 's2')
    script.node('s1').resume()
    script.until('s2 commits', () => script.node('s2').raft.commit >= 2)
    return script
  }

  test('proves nothing about the entry that is there now', () => {
    expect(play(standardRules).log('s1')).toMatch(/^1@1 2@2/)
  })

  test('L13: the new entry is taken to be durable, and is never written', () => {
    expect(() => play(broken('L13'))).toThrow(/s1 says its log ends at 2@2, it handed out 2@1/)
  })
})

describe('a follower that comes back after a long time', () => {
  function play(rules: Rules): Script {
    const script = new Script({ voters: ['s1', 's2', 's3'], rules })
    script.elect('s1')
    script.pass(30)
    script.node('s3').crash()
    for (let i = 0; i < 1000; i++) script.propose('s1')
    script.until('they are committed', () => script.node('s2').raft.commit === 1001)
    script.elect('s2')
    script.node('s3').start()
    script.until('s3 has them', () => script.node('s3').disk.durableLog.lastIndex === 1002)
    return script
  }

  test('is brought up to date soon', () => {
    expect(play(standardRules).log('s3')).toMatch(/ 1001@1 1002@2$/)
  })

  test('F5: entry by entry it takes too long', () => {
    expect(() => play(broken('F5'))).toThrow('never: s3 has them')
  })
})

describe('when the last other voter is removed', () => {
  /** s2 acknowledges its removal, and not the write right behind it. */
  function play(rules: Rules): Script {
    const script = new Script({ voters: ['s1', 's2'], config: { maxMessageBytes: 0 }, rules })
    script.elect('s1')
    script.pass(30)
    script.change('s1', { transition: 'auto', changes: [{ kind: 'remove', id: 's2' }] })
    script.until('s2 has the change', () => script.log('s2').endsWith('2@1'))
    script.mute('s1', 's2')
    script.propose('s1')
    script.until('the change is committed', () => script.node('s1').raft.commit >= 2)
    script.pass(50)
    return script
  }

  test('what waited for it is committed', () => {
    expect(play(standardRules).node('s1').raft.commit).toBe(index(3))
  })

  test('M15: it waits for ever', () => {
    expect(play(broken('M15')).node('s1').raft.commit).toBe(index(2))
  })
})
