// Clusters whose wire is secured: what their members say when one of them is not, and what an impostor can do.
import type { Term } from '@oarlock/core'
import { until } from '@oarlock/test-support/event'
import { identityOf, specimens } from '@oarlock/testkit/conformance'
import { expect, it } from 'vitest'
import { tlsOf } from '../../test/certificates.ts'
import { dialRaw } from '../../test/raw-peer.ts'
import { leaderOf, TcpMembers } from '../../test/tcp-members.ts'
import { decodeRefusal, FrameKind, MessageBatch } from '../wire/index.ts'

const secret = 'the secret of this cluster'

it('with TLS and a secret a cluster elects and replicates; a member with another secret is named by all', async () => {
  await using members = await TcpMembers.withAddresses('a', 'b', 'c')
  const secured = (id: string) => ({ tls: tlsOf(id, { names: 'id' }), secret })
  const [a, b, c] = await Promise.all(['a', 'b', 'c'].map((id) => members.start(id, secured(id))))
  const { leader } = await leaderOf([a!, b!, c!])
  await leader.member.propose('over TLS')
  expect(leader.applied).toEqual(['over TLS'])

  const other = leader === a ? b! : a!
  await other.member.close()
  const again = await members.start(other.id, { ...secured(other.id), secret: 'the secret of another one' })
  const peerOf = again.id
  await until(() => leader.member.status().peers[peerOf]?.state === 'refused')
  await until(() => again.member.status().peers[leader.id]?.state === 'refused')
  for (const [{ member }, peer] of [
    [leader, again.id],
    [again, leader.id],
  ] as const) {
    expect(member.status().peers[peer]).toMatchObject({ refusal: 'wrong-secret' })
    expect(String(member.why())).toMatch(
      /refuse.*: the secrets of the two members differ: give the same secret/,
    )
  }
  // The other two go on. On a busy machine leadership may move between them.
  await until(() => leader.member.leader !== null)
})

it('a member without a valid certificate is named by all', async () => {
  await using members = await TcpMembers.withAddresses('a', 'b')
  const a = await members.start('a', { tls: tlsOf('a') })
  const b = await members.start('b', { tls: tlsOf('expired') })
  await a.warns(/^cannot reach 'b' at .*: its certificate has expired \(CERT_HAS_EXPIRED\)/)
  await until(
    () =>
      String(a.member.why()).includes('b has been unreachable') &&
      b.member.status().peers.a?.state === 'refused',
  )
  expect(String(a.member.why())).toContain('its certificate has expired')
  expect(a.member.status().peers.b).toMatchObject({
    problem: 'its certificate has expired (CERT_HAS_EXPIRED)',
  })
  expect(String(b.member.why())).toContain(
    'a refuses b: the certificate of the member that dials has expired',
  )
  expect(b.member.status().peers.a).toMatchObject({ refusal: 'wrong-certificate' })
})

it('an impostor with the identity of a member, but without the secret, changes nothing', async () => {
  await using members = await TcpMembers.withAddresses('a', 'b', 'c')
  const all = await Promise.all(['a', 'b', 'c'].map((id) => members.start(id, { secret })))
  const { leader, fence } = await leaderOf(all)
  const others = all.filter((member) => member !== leader)
  const [target, posedAs] = others
  const batch = new MessageBatch()
  batch.add({ ...specimens.vote, term: (2 ** 52) as Term })
  const vote = batch.encode().buffer
  for (let round = 0; round < 20; round++) {
    const impostor = await dialRaw(target!.member.address, {
      hasSecret: round % 2 === 0,
      identity: { ...identityOf(posedAs!.id), founders: ['a', 'b', 'c'] },
      to: target!.id,
    })
    impostor.socket.write(vote)
    const frame = await impostor.frame()
    if (frame !== undefined) {
      expect(frame.kind).toBe(FrameKind.refused)
      expect(decodeRefusal(frame.body).reason).toBe('wrong-secret')
    }
    impostor.socket.destroy()
  }
  await leader.member.propose('goes on')
  for (const { member } of all) {
    expect(member.status().state).toBe('running')
    // On a busy machine leadership may move by itself.
    expect(member.status().term).toBeLessThan(fence + 1000)
  }
})
