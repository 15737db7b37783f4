// Situations without a leader, and the sentences that views give for them.
import { explainNoLeader, index, type Message, type NodeId, term } from '@oarlock/core'
import { expect, it } from 'vitest'
import type { TestCluster } from './cluster.ts'

export interface Situation {
  readonly name: string
  /** The cluster, and whose views there are. */
  readonly make: () => readonly [TestCluster, ...NodeId[]]
  readonly says: readonly string[]
}

export const three: readonly NodeId[] = ['n1', 'n2', 'n3']

export const vote = (t: number): Message => ({
  type: 'vote',
  term: term(t),
  last: { term: term(0), index: index(0) },
  transfer: false,
})

/** Lets a node reach a term, by a message that asks for nothing. */
export function reach(cluster: TestCluster, id: NodeId, t: number): void {
  const message: Message = { type: 'voteResponse', term: term(t), granted: false }
  cluster.receive(id, { from: 'n3', message })
}

export function itSays(situations: readonly Situation[]): void {
  it.each(situations)('$name', ({ make, says }) => {
    const [cluster, ...ids] = make()
    const views = ids.map((id) => cluster.raft(id).inspect(cluster.now))
    expect(explainNoLeader(views).toString().split('\n')).toEqual(says)
  })
}
