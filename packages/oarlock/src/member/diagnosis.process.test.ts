// What members over TCP say of wrong addresses, other clusters and peers that are not there: once in the log
// of each, by name, and in why() and status().

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { until } from '@oarlock/test-support/event'
import { describe, expect, it } from 'vitest'
import { freeAddress } from '../../test/raw-peer.ts'
import { TcpMembers } from '../../test/tcp-members.ts'

describe('members that cannot talk', () => {
  it('because their clusters have different names say so once, by name', async () => {
    await using members = await TcpMembers.withAddresses('a', 'b')
    const [a, b] = await Promise.all([members.start('a'), members.start('b', { cluster: 'other' })])
    for (const [one, peer] of [
      [a, 'b'],
      [b, 'a'],
    ] as const) {
      await until(() => one.member.status().peers[peer]?.state === 'refused')
      const text = String(one.member.why())
      expect(text).toMatch(/'[ab]' belongs to cluster '(oarlock|other)', and '[ab]' to '(oarlock|other)'/)
      expect(text).not.toContain('not answered')
      expect(one.member.status()).toMatchObject({
        state: 'waiting',
        problems: [{ kind: 'waits-for-others' }, { kind: 'refused', node: peer }],
        peers: { [peer]: { state: 'refused', refusal: 'wrong-cluster' } },
      })
    }
    // Each dials the other on two connections, so each has heard of it several times.
    await until(() => String(a.member.why()).includes('a and b refuse each other'))
    for (const { warnings } of [a, b])
      expect(warnings.filter((warning) => warning.includes('cluster'))).toHaveLength(1)
  })

  it('because addresses are swapped say which, and never that a peer has not answered', async () => {
    await using members = await TcpMembers.withAddresses('a', 'b', 'c')
    const right = members.peers()
    const swapped = { a: right.a!, b: right.c!, c: right.b! }
    const [a, b] = await Promise.all([members.start('a', { peers: swapped }), members.start('b')])
    const wrong =
      "a does not reach c: 'a' wants 'c', and 'b' is at the address that it dialled: correct the addresses in peers."
    await a.warns(/^a does not reach c/)
    expect(a.warnings.filter((warning) => warning.includes('does not reach'))).toEqual([wrong])
    expect(await b.warns(/wrong-member/)).toMatch(
      /^refused a connection from 127\.0\.0\.1:\d+ \(wrong-member\): 'a' wants 'c'/,
    )
    const text = String(a.member.why())
    expect(text.split('\n')).toContain(wrong)
    expect(text).not.toContain('not answered')
    expect(a.member.status().peers.c).toMatchObject({ state: 'refused', refusal: 'wrong-member' })
  })

  it('because nothing listens there say so, since when, and whom they wait for', async () => {
    await using members = await TcpMembers.withAddresses('a', 'b')
    const a = await members.start('a')
    const line = await a.warns(/^a waits for its founders/)
    expect(line).toMatch(
      /^a waits for its founders: b\. .* b has been unreachable at 127\.0\.0\.1:\d+ for [\d.]+ m?s: nothing listens there \(ECONNREFUSED\)\.$/,
    )
    const { for: since, ...peer } = a.member.status().peers.b!
    expect(peer).toEqual({
      state: 'unreachable',
      problem: 'nothing listens there (ECONNREFUSED)',
      refusal: null,
      match: null,
      lag: null,
    })
    expect(since).toBeGreaterThan(0)
  })
})

it('without a logger, a member that does not find its peers says so on stderr, in a few readable lines', async () => {
  const peers = { a: await freeAddress(), b: await freeAddress(), c: await freeAddress() }
  const options = { id: 'a', peers, electionTimeout: 100 }
  const script = fileURLToPath(new URL('../../test/lonely-member.ts', import.meta.url))
  const child = spawn(process.execPath, ['--conditions=@oarlock/source', script, JSON.stringify(options)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const lines: string[] = []
  try {
    for await (const line of createInterface({ input: child.stderr })) {
      lines.push(line)
      if (line.includes('waits for its founders')) break
    }
  } finally {
    child.kill('SIGKILL')
  }
  expect(lines.at(-1)).toMatch(
    /^oarlock warning: a waits for its founders: b and c\. .*b has been unreachable at 127\.0\.0\.1:\d+ for \d+\.\d s: nothing listens there \(ECONNREFUSED\)\./,
  )
  // A busy machine may stall it.
  expect(lines.filter((line) => !line.includes('did nothing for')).length).toBeLessThanOrEqual(3)
  for (const line of lines) expect(line).toMatch(/^oarlock warning: /)
})
