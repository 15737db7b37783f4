// Why does no node stand for election, and why does a leader not hold its lease?
import { index } from '@oarlock/core'
import { describe } from 'vitest'
import { TestCluster } from './cluster.ts'
import { addLearner, led, remove } from './members.ts'
import { itSays, type Situation, three, vote } from './situations.ts'

const situations: readonly Situation[] = [
  {
    name: 'no node may stand before the election timeout is over',
    make: () => {
      const cluster = led(three)
      cluster.crash('n1')
      cluster.pass(50)
      return [cluster, 'n2', 'n3']
    },
    says: [
      'n2 takes n1 for the leader of term 1; it stands if it hears nothing more for 83 ms.',
      'n3 takes n1 for the leader of term 1; it stands if it hears nothing more for 116 ms.',
      'There is no view of n1 here.',
    ],
  },
  {
    name: 'the leader is alive, but one node does not hear it',
    make: () => {
      const cluster = led(three)
      cluster.deliver = ({ from, to }) => !(from === 'n1' && to === 'n3')
      cluster.pass(180)
      return [cluster, 'n1', 'n2', 'n3']
    },
    says: [
      'n1 leads term 1 and holds its lease, for 91 ms more; n3 has answered none of its heartbeats of the last 180 ms.',
      'n3 asked n1 and n2 for a vote in term 2 (pre-vote) 14 ms ago: n1 refused without an answer: it led term 1 itself; n2 refused without an answer: it followed n1, and was to depose no leader for 94 ms more.',
      'n3 needs 2 of 3 votes and has 1: its own.',
      'n3 stands for election, and asks again in 152 ms.',
    ],
  },
  {
    name: 'all have started again, and keep the promises they may have given',
    make: () => {
      const cluster = led(three)
      for (const id of three) cluster.crash(id)
      for (const id of three) cluster.restart(id)
      cluster.pass(40)
      return [cluster, ...three]
    },
    says: [
      'n1 has just started, and may have promised a leader before that to wait, for 60 ms more; it stands for election in 60 ms.',
      'n2 has just started, and may have promised a leader before that to wait, for 60 ms more; it stands for election in 93 ms.',
      'n3 has just started, and may have promised a leader before that to wait, for 60 ms more; it stands for election in 126 ms.',
    ],
  },
  {
    name: 'the leader has transferred leadership to a member that does not take over',
    make: () => {
      const cluster = led(three)
      cluster.deliver = ({ message }) => message.type !== 'timeoutNow'
      cluster.raft('n1').step({ type: 'transfer', to: 'n2' }, cluster.now)
      cluster.pass(110)
      cluster.deliver = () => false
      cluster.pass(10)
      return [cluster, ...three]
    },
    says: [
      'n1 led term 1 until 20 ms ago: it had told n2 to take over, which did not happen in time.',
      'n2 takes n1 for the leader of term 1, but n1 does not lead; it stands if it hears nothing more for 93 ms.',
      'n3 takes n1 for the leader of term 1, but n1 does not lead; it stands if it hears nothing more for 126 ms.',
      'n1 stands for election in 80 ms.',
    ],
  },
  {
    name: 'the leader is handing over',
    make: () => {
      const cluster = led(three)
      cluster.deliver = ({ message }) => message.type !== 'timeoutNow'
      cluster.raft('n1').step({ type: 'transfer', to: 'n2' }, cluster.now)
      cluster.pass(10)
      return [cluster, ...three]
    },
    says: [
      'n1 leads term 1, but it has given up its lease and told n2 to take over, which has not happened so far.',
    ],
  },
  {
    name: 'a leader was elected, and no member answers its heartbeats',
    make: () => {
      const cluster = new TestCluster(three)
      cluster.deliver = ({ message }) => message.type !== 'heartbeatResponse'
      cluster.elect('n1')
      cluster.pass(30)
      return [cluster, 'n1']
    },
    says: [
      'n1 leads term 1, but it does not hold its lease; n2 and n3 have answered none of its heartbeats in this term.',
    ],
  },
  {
    name: 'only a learner is left',
    make: () => {
      const cluster = led(['n1', 'n2'], ['n3'])
      cluster.reconfigure('n1', addLearner('n3'))
      cluster.pass(40)
      cluster.crash('n1')
      cluster.crash('n2')
      cluster.pass(300)
      return [cluster, 'n3']
    },
    says: ['n3 does not stand: it is a learner.', 'n3 takes n1 for the leader of term 1.'],
  },
  {
    name: 'the one that is left was removed',
    make: () => {
      const cluster = led(three)
      cluster.reconfigure('n1', remove('n1'))
      cluster.crash('n2')
      cluster.crash('n3')
      cluster.pass(300)
      return [cluster, 'n1']
    },
    says: [
      'n1 led term 1 until 300 ms ago: it is no voter any more.',
      'n1 does not stand: it is no member of the configuration that it knows (n2, n3; of index 2).',
    ],
  },
  {
    name: 'a new member has heard from no other',
    make: () => {
      const cluster = new TestCluster([])
      cluster.add('n4')
      cluster.pass(300)
      return [cluster, 'n4']
    },
    says: ['n4 does not stand: it knows of no members, and waits for a leader that tells it.'],
  },
  {
    name: 'a snapshot is not on the disk yet',
    make: () => {
      const cluster = led(three)
      cluster.crash('n3')
      cluster.propose('n1', 'x')
      cluster.compact('n1')
      cluster.restart('n3')
      cluster.deliver = ({ message }) => {
        cluster.node('n3').holdWrites ||= message.type === 'snapshot'
        return true
      }
      cluster.pass(60)
      cluster.crash('n1')
      cluster.crash('n2')
      cluster.pass(300)
      return [cluster, 'n3']
    },
    says: ['n3 does not stand: it is installing a snapshot.', 'n3 takes n1 for the leader of term 1.'],
  },
  {
    name: 'two follow a leader of an earlier term, which still takes itself for one',
    make: () => {
      const cluster = led(['n1', 'n2', 'n3', 'n4', 'n5'], [], {
        lease: false,
        checkQuorum: false,
        preVote: false,
      })
      cluster.pass(20)
      cluster.deliver = ({ from, to }) => from <= 'n2' === to <= 'n2'
      cluster.elect('n3')
      return [cluster, 'n1', 'n2', 'n3']
    },
    says: [
      'n3 leads term 2.',
      'n1 leads term 1.',
      'There is no view of n4 here.',
      'There is no view of n5 here.',
    ],
  },
  {
    name: 'what was before the leader that is known is told no more',
    make: () => {
      const cluster = led(three)
      cluster.receive('n2', { from: 'x1', message: vote(3) })
      cluster.raft('n1').step({ type: 'transfer', to: 'n3' }, cluster.now)
      cluster.runEffects()
      cluster.pass(50)
      return [cluster, 'n1', 'n2']
    },
    says: [
      'n1 takes n3 for the leader of term 2; it stands if it hears nothing more for 90 ms.',
      'n2 takes n3 for the leader of term 2; it stands if it hears nothing more for 123 ms.',
      'There is no view of n3 here.',
    ],
  },
  {
    name: 'a refusal is long ago, and nothing has happened since',
    make: () => {
      const cluster = led(['n1', 'n2'], ['n3'])
      cluster.reconfigure('n1', addLearner('n3'))
      cluster.receive('n3', { from: 'n2', message: vote(3) })
      cluster.crash('n1')
      cluster.crash('n2')
      cluster.pass(1100)
      return [cluster, 'n3']
    },
    says: ['n3 does not stand: it is a learner.', 'n3 takes n1 for the leader of term 1.'],
  },
  {
    name: 'one follows a leader of an earlier term, which still takes itself for one',
    make: () => {
      const cluster = led(three, [], { lease: false, checkQuorum: false, preVote: false })
      cluster.deliver = ({ from, to }) => from !== 'n1' && to !== 'n1'
      cluster.pass(130)
      cluster.elect('n2')
      return [cluster, ...three]
    },
    says: [
      'n2 leads term 2.',
      'n1 leads term 1; n2 and n3 have answered none of its heartbeats in this term.',
    ],
  },
  {
    name: 'a change of the membership is committed and not applied',
    make: () => {
      const cluster = led(three)
      cluster.deliver = ({ to, message }) => to !== 'n2' || message.type !== 'append'
      cluster.reconfigure('n1', remove('n3'))
      const raft = cluster.raft('n2')
      for (const { from, to, message } of cluster.sent)
        if (to === 'n2' && message.type === 'append' && message.entries.some((entry) => entry.index === 2))
          raft.step({ type: 'receive', from, message: { ...message, commit: index(2) } }, cluster.now)
      cluster.now += 400
      raft.step({ type: 'tick' }, cluster.now)
      return [cluster, 'n2']
    },
    says: [
      'n2 does not stand: a change of the membership is committed but not applied there (committed 2, applied 1).',
    ],
  },
  {
    name: 'a voter has been silent for long, which alone does no harm',
    make: () => {
      const cluster = led(three)
      cluster.crash('n3')
      cluster.pass(1500)
      return [cluster, 'n1', 'n2']
    },
    says: [
      'n1 leads term 1 and holds its lease, for 91 ms more; n3 has answered none of its heartbeats of the last 1.5 s.',
      'There is no view of n3 here.',
    ],
  },
]

describe('no node stands, or one leads all the same:', () => {
  itSays(situations)
})
