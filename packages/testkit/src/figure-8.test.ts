// The paper's figure 8, step by step: why a leader does not count replicas of an earlier term's entry.
import { index, type Rules, standardRules } from '@oarlock/core'
import { expect, test } from 'vitest'
import { mutantNamed } from './mutants/index.ts'
import { Script } from './script.ts'

function play(rules: Rules): Script {
  const script = new Script({ voters: ['s1', 's2', 's3', 's4', 's5'], config: { maxMessageBytes: 0 }, rules })
  const { nodes } = script.simulation
  script.elect('s1')
  script.until('all are in step', () => nodes.every((node) => node.raft.commit === 1))

  // (a) S1 replicates an entry to S2 only.
  script.mute('s1', 's3', 's4', 's5')
  script.propose('s1')
  script.until('S2 has it', () => script.log('s2') === '1@1 2@1')

  // (b) S1 crashes; S5 is elected by S3 and S4, and its entry at index 2 reaches nobody.
  script.node('s1').crash()
  script.campaign('s5')
  script.until('they have voted', () => ['s3', 's4'].every((id) => script.node(id).disk.votes.size === 2))
  script.mute('s5', 's1', 's2', 's3', 's4')
  script.until('S5 has its own entry', () => script.log('s5') === '1@1 2@2')

  // (c) S5 crashes; S1 comes back, is elected, and brings its old entry to S3: it is on a majority now.
  script.node('s5').crash()
  script.node('s1').start()
  script.unmute('s1', 's3')
  script.campaign('s1') // term 2: S3 has voted
  script.until('S1 is refused', () => script.node('s2').raft.term === 2)
  script.elect('s1')
  expect(script.node('s1').raft.term).toBe(3)
  script.until('S3 has the old entry', () => script.log('s3') === '1@1 2@1')
  script.mute('s1', 's3') // nothing of its own term gets there any more
  script.until(
    'S1 knows',
    () => (script.node('s1').raft.inspect().progress.get('s3')?.match ?? 0) >= index(2),
  )
  return script
}

test('figure 8: an entry of an earlier term on a majority is not committed, and may still be replaced', () => {
  const script = play(standardRules)
  expect(script.node('s1').raft.commit).toBe(1)

  // (d) S1 crashes; S5 is elected by S3 and S4, and its entry replaces the old one everywhere.
  script.node('s1').crash()
  script.node('s5').start()
  script.unmute('s5', 's1', 's2', 's3', 's4')
  script.campaign('s5') // term 3: S3 has voted for S1
  script.until(
    'S5 is refused',
    () => script.node('s3').disk.durableHardState.term === 3 && script.node('s5').raft.term === 3,
  )
  script.elect('s5')
  script.until('it is committed', () => script.node('s5').raft.commit >= 2)
  expect(script.log('s3')).toMatch(/^1@1 2@2/)
  expect(script.simulation.workload.acknowledged).toBe(0)
})

test('figure 8 with replicas counted for any term: the entry is committed, and the checkers object', () => {
  expect(() => play(mutantNamed('L1').rules)).toThrow(
    /2@1 is committed in term 3, but s5 lacks it and could be elected/,
  )
})
