// Why was no node elected? The refusals with their reasons, and the voters that did not answer.
import { describe } from 'vitest'
import { TestCluster } from './cluster.ts'
import { add, cutOff, led, remove } from './members.ts'
import { itSays, reach, type Situation, three, vote } from './situations.ts'

/** Delivers the requests for votes that were lost. */
function askAgain(cluster: TestCluster): void {
  for (const { from, to, message } of [...cluster.sent])
    if (message.type === 'vote') cluster.receive(to, { from, message })
}

const situations: readonly Situation[] = [
  {
    name: 'two of three are down',
    make: () => {
      const cluster = led(three)
      cluster.crash('n2')
      cluster.crash('n3')
      cluster.pass(350)
      return [cluster, 'n1']
    },
    says: [
      'n1 asked n2 and n3 for a vote in term 2 (pre-vote) 59 ms ago: n2 and n3 have not answered.',
      'n1 needs 2 of 3 votes and has 1: its own.',
      'n1 led term 1 until 259 ms ago: its lease ran out: n2 and n3 had not answered in time.',
      'n1 stands for election, and asks again in 41 ms.',
    ],
  },
  {
    name: 'the leader is down, and another one too',
    make: () => {
      const cluster = led(three)
      cluster.crash('n1')
      cluster.crash('n3')
      cluster.pass(150)
      return [cluster, 'n2']
    },
    says: [
      'n2 asked n1 and n3 for a vote in term 2 (pre-vote) 17 ms ago: n1 and n3 have not answered.',
      'n2 needs 2 of 3 votes and has 1: its own.',
      'n2 stands for election, and asks again in 116 ms.',
    ],
  },
  {
    name: 'the network is in three parts',
    make: () => {
      const cluster = led(three)
      cluster.pass(40)
      cluster.deliver = () => false
      cluster.pass(250)
      return [cluster, 'n1', 'n2', 'n3']
    },
    says: [
      'n1 asked n2 and n3 for a vote in term 2 (pre-vote) 59 ms ago: n2 and n3 have not answered.',
      'n1 needs 2 of 3 votes and has 1: its own.',
      'n2 asked n1 and n3 for a vote in term 2 (pre-vote) 117 ms ago: n1 and n3 have not answered.',
      'n2 needs 2 of 3 votes and has 1: its own.',
      'n3 asked n1 and n2 for a vote in term 2 (pre-vote) 84 ms ago: n1 and n2 have not answered.',
      'n3 needs 2 of 3 votes and has 1: its own.',
      'n1 led term 1 until 159 ms ago: its lease ran out: n2 and n3 had not answered in time.',
      'n1 stands for election, and asks again in 41 ms.',
      'n2 stands for election, and asks again in 16 ms.',
      'n3 stands for election, and asks again in 82 ms.',
    ],
  },
  {
    name: 'the one that stands has a log that is behind',
    make: () => {
      const cluster = led(three)
      cutOff(cluster, 'n2')
      cluster.propose('n1', 'x')
      cluster.pass(10)
      cluster.crash('n1')
      cluster.deliver = () => true
      cluster.pass(139)
      return [cluster, 'n2']
    },
    says: [
      "n2 asked n1 and n3 for a vote in term 2 (pre-vote) 16 ms ago: n3 refused: its log ended at 2@1, n2's at 1@1; n1 has not answered.",
      'n2 needs 2 of 3 votes and has 1: its own.',
      'n2 stands for election, and asks again in 117 ms.',
    ],
  },
  {
    name: 'one asks another that has just started again',
    make: () => {
      const cluster = led(three)
      cluster.crash('n1')
      cluster.pass(110)
      cluster.crash('n3')
      cluster.restart('n3')
      cluster.pass(30)
      return [cluster, 'n2', 'n3']
    },
    says: [
      'n2 asked n1 and n3 for a vote in term 2 (pre-vote) 7 ms ago: n3 refused without an answer: it had just started, and may have promised a leader before that to vote for no other candidate: 77 ms more; n1 has not answered.',
      'n2 needs 2 of 3 votes and has 1: its own.',
      'n2 stands for election, and asks again in 126 ms.',
      'n3 has just started, and may have promised a leader before that to wait, for 70 ms more; it stands for election in 136 ms.',
      'There is no view of n1 here.',
    ],
  },
  {
    name: 'two stood at once, and each has its own vote alone',
    make: () => {
      const cluster = new TestCluster(['n1', 'n2'], { preVote: false })
      cluster.deliver = ({ message }) => message.type === 'voteResponse'
      cluster.elect('n1')
      cluster.elect('n2')
      cluster.deliver = () => true
      askAgain(cluster)
      return [cluster, 'n1', 'n2']
    },
    says: [
      'n1 asked n2 for a vote in term 1 just now: n2 refused: it had voted for itself in term 1.',
      'n1 needs 2 of 2 votes and has 1: its own.',
      'n2 asked n1 for a vote in term 1 just now: n1 refused: it had voted for itself in term 1.',
      'n2 needs 2 of 2 votes and has 1: its own.',
      'n1 stands for election in 100 ms.',
      'n2 stands for election in 150 ms.',
    ],
  },
  {
    name: 'one of three votes went to each of two',
    make: () => {
      const cluster = new TestCluster(three, { preVote: false })
      cluster.deliver = ({ message }) => message.type !== 'voteResponse'
      cluster.elect('n1')
      cluster.sent.length = 0
      cluster.deliver = () => true
      cluster.receive('n3', { from: 'n2', message: vote(1) })
      cluster.receive('n1', { from: 'n2', message: vote(1) })
      return [cluster, 'n1', 'n3']
    },
    says: [
      'n1 asked n2 and n3 for a vote in term 1 just now: n3 votes for it, and its answer has not arrived; n2 has not answered.',
      'n1 needs 2 of 3 votes and has 1: its own.',
      'n2 asked n1 for a vote in term 1 just now; n1 refused: it had voted for itself in term 1.',
      'n2 asked n3 for a vote in term 1 just now; n3 refused: it had voted for n1 in term 1.',
      'n1 stands for election, and asks again in 100 ms.',
      'n3 stands for election in 166 ms.',
      'There is no view of n2 here.',
    ],
  },
  {
    name: 'the one that was to take over lacks votes',
    make: () => {
      const cluster = led(three)
      cluster.deliver = ({ message }) => message.type !== 'vote'
      cluster.raft('n1').step({ type: 'transfer', to: 'n2' }, cluster.now)
      cluster.runEffects()
      cluster.pass(10)
      return [cluster, 'n2']
    },
    says: [
      'n2 asked n1 and n3 for a vote in term 2, as a leader had told it to, 10 ms ago: n1 and n3 have not answered.',
      'n2 needs 2 of 3 votes and has 1: its own.',
      'n2 stands for election, and asks again in 123 ms.',
    ],
  },
  {
    name: 'the one that stands is a term behind',
    make: () => {
      const cluster = led(three)
      reach(cluster, 'n2', 9)
      cluster.deliver = ({ to }) => to !== 'n1'
      cluster.crash('n1')
      cluster.pass(170, ['n3'])
      return [cluster, 'n3']
    },
    says: [
      'n3 asked n1 and n2 for a vote in term 2 (pre-vote) 4 ms ago: n2 refused: it was in term 9 already; n1 has not answered.',
      'n3 needs 2 of 3 votes and has 1: its own.',
      'n3 stands for election in 162 ms.',
    ],
  },
  {
    name: 'the term is later, and nobody says so',
    make: () => {
      const cluster = led(three)
      reach(cluster, 'n2', 9)
      cluster.receive('n2', { from: 'n4', message: vote(3) })
      return [cluster, 'n2']
    },
    says: [
      'n4 asked n2 for a vote in term 3 just now; n2 refused without an answer: it was in term 9 already.',
      'n2 has promised a leader to wait, for 100 ms more; it stands for election in 133 ms.',
    ],
  },
  {
    name: 'one half of a joint configuration is away',
    make: () => {
      const cluster = led(three, ['n4', 'n5'])
      cluster.reconfigure('n1', {
        transition: 'explicit',
        changes: [...remove('n2').changes, ...remove('n3').changes, ...add('n4', 'n5').changes],
      })
      cluster.pass(40)
      for (const id of ['n1', 'n4', 'n5']) cluster.crash(id)
      cluster.pass(170)
      return [cluster, 'n2']
    },
    says: [
      'n2 asked n1, n3, n4 and n5 for a vote in term 2 (pre-vote) 50 ms ago: n3 has granted it; n1, n4 and n5 have not answered.',
      'n2 needs 2 of the 3 votes of n1, n4 and n5 and has none.',
      'n2 stands for election, and asks again in 70 ms.',
    ],
  },
  {
    name: 'a disk has not written the vote of its own node',
    make: () => {
      const cluster = led(three, [], { preVote: false })
      cluster.crash('n1')
      cluster.node('n2').holdWrites = true
      cluster.pass(140)
      return [cluster, 'n2']
    },
    says: [
      'n2 asked n1 and n3 for a vote in term 2 7 ms ago: n3 has granted it; n1 has not answered; its own vote is not on its disk yet.',
      'n2 needs 2 of 3 votes and has 1: that of n3.',
      'n2 stands for election, and asks again in 126 ms.',
    ],
  },
]

describe('no node is elected:', () => {
  itSays(situations)
})
