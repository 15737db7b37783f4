// Membership changes, and a cluster with a leader to make them, for several tests.
import type { Configuration, Index, MembershipChange, NodeId } from '@oarlock/core'
import { TestCluster } from './cluster.ts'

export const add = (...voters: NodeId[]): MembershipChange => ({
  transition: 'auto',
  changes: voters.map((id) => ({ kind: 'voter', id })),
})
export const addLearner = (id: NodeId): MembershipChange => ({
  transition: 'auto',
  changes: [{ kind: 'learner', id }],
})
export const remove = (id: NodeId): MembershipChange => ({
  transition: 'auto',
  changes: [{ kind: 'remove', id }],
})
export const leave: MembershipChange = { transition: 'auto', changes: [] }

export const configurationOf = (cluster: TestCluster, id: NodeId): Configuration =>
  cluster.raft(id).inspect().configuration
export const configurationIndexOf = (cluster: TestCluster, id: NodeId): Index =>
  cluster.raft(id).inspect().configurationIndex
export const commandsOf = (cluster: TestCluster, id: NodeId): readonly string[] =>
  cluster
    .node(id)
    .applied.filter(({ type, data }) => type === 'normal' && data.length > 0)
    .map(({ data }) => new TextDecoder().decode(data))

/** `voters` with the first as leader; `others` are up and no members yet. */
export function led(voters: readonly NodeId[], others: readonly NodeId[] = [], config = {}): TestCluster {
  const cluster = new TestCluster(voters, config)
  for (const id of others) cluster.add(id)
  cluster.elect(voters[0]!)
  return cluster
}

export const cutOff = (cluster: TestCluster, ...ids: NodeId[]): void => {
  cluster.deliver = ({ from, to }) => ids.includes(from) === ids.includes(to)
}
