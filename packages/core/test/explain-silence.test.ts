// Why nothing is heard from a node, if the runtime knows it: then it is not said that the node has not
// answered.
import { explainNoLeader } from '@oarlock/core'
import { expect, it } from 'vitest'
import { led } from './members.ts'
import { three } from './situations.ts'

it('a node without a leader names the voters that are silent for one reason together', () => {
  const cluster = led(three)
  cluster.crash('n2')
  cluster.crash('n3')
  cluster.pass(350)
  const first = (silence: [string, string][]) =>
    explainNoLeader([cluster.raft('n1').inspect(cluster.now)], new Map(silence)).findings[0]?.text
  const asked = 'n1 asked n2 and n3 for a vote in term 2 (pre-vote) 59 ms ago: '
  const away: [string, string][] = [
    ['n2', 'cannot be reached'],
    ['n3', 'cannot be reached'],
  ]
  expect(first(away)).toBe(`${asked}n2 and n3 cannot be reached.`)
  expect(first([...away.slice(1), ['n2', 'will not talk to n1']])).toBe(
    `${asked}n2 will not talk to n1; n3 cannot be reached.`,
  )
  expect(first(away.slice(1))).toBe(`${asked}n2 has not answered; n3 cannot be reached.`)
})

it('a leader says it of the voters that have not answered, and of no others', () => {
  const cluster = led(three)
  cluster.crash('n3')
  cluster.pass(1500)
  const silence = new Map(three.map((id) => [id, 'cannot be reached']))
  const [finding] = explainNoLeader([cluster.raft('n1').inspect(cluster.now)], silence).findings
  expect(finding?.text).toBe('n1 leads term 1 and holds its lease, for 91 ms more; n3 cannot be reached.')
})
