import { describe, expect, test } from 'vitest'
import type { MemberState } from './cluster.ts'
import type { MemberKind } from './member-kind.ts'
import type { MemberReport } from './protocol.ts'
import { recoveries } from './recoveries.ts'
import type { Picture, SessionEvent } from './session.ts'
import { drawScene, type Scene } from './view.ts'

const report = (more: Partial<MemberReport>): MemberReport =>
  ({
    type: 'report',
    role: 'follower',
    term: 1234,
    commit: 1_234_567,
    applied: 1_234_567,
    snapshot: 1_234_000,
    waits: false,
    membership: null,
    fence: null,
    position: 0,
    doneAt: null,
    ...more,
  }) as MemberReport
const member = (
  n: number,
  state: MemberState['state'],
  given: Partial<MemberReport> | null,
  kind: MemberKind = 'voter',
): MemberState => ({
  id: `member-${n}`,
  state,
  pid: null,
  kind,
  report: given && report(given),
})

const kills = Array.from({ length: 20 }, (_, i) => ({
  at: i * 3000,
  member: 'member-1',
  fence: i + 1,
  signal: 'SIGKILL' as const,
}))
const leaderships = kills.map(({ at, fence }) => ({
  member: 'member-2',
  session: 1,
  fence: fence + 1,
  from: at + 1234,
  until: at,
  ended: null,
}))
const picture: Picture = {
  phase: 'running',
  elapsed: 599_900,
  members: [
    member(1, 'up', { role: 'leader', fence: 1234 }),
    member(2, 'up', { role: 'preCandidate' }),
    member(3, 'stopped', {}),
    member(4, 'down', null),
    member(5, 'starting', null),
    member(6, 'down', null, 'newcomer'),
    member(7, 'up', {}, 'learner'),
  ],
  recoveries: recoveries(kills, leaderships),
  replacements: [
    { member: 'member-7', at: 0, took: 12_345 },
    { member: 'member-6', at: 0, took: null },
  ],
  position: 1_234_567,
  snapshot: 1_234_000,
  overlap: 0,
}
const event: SessionEvent = {
  at: 599_000,
  kind: 'leader',
  text: 'member-2 leads with fence 1234, 1234 ms after the SIGKILL',
}
const scene: Scene = {
  run: {
    cluster: '0123abcd',
    members: Object.fromEntries([1, 2, 3, 4, 5, 6, 7].map((n) => [`member-${n}`, '127.0.0.1:31999'])),
    source: { path: '', name: '', bytes: 0, sha256: '', records: 2_000_000 },
  },
  picture,
  events: [event],
  speed: 199.7,
  frame: 0,
}
const plain = (_: unknown, text: string): string => text
const draw = (more: Partial<Scene> = {}): string => drawScene({ ...scene, ...more }, plain)

describe('the live view', () => {
  test('fits 80 columns, even with large figures', () => {
    for (const phase of ['starting', 'running', 'finishing', 'closing', 'over'] as const)
      for (const line of draw({ picture: { ...picture, phase } }).split('\n'))
        expect([...line].length, line).toBeLessThan(80)
  })

  test('has a row for each member, with its state', () => {
    const lines = draw().split('\n')
    const rowOf = (n: number): string => lines.find((line) => line.includes(`member-${n}  `))!
    expect(rowOf(1)).toMatch(/● .* leader .* 1,234,567 1,234,000 {2}1,234$/)
    expect(rowOf(2)).toContain('pre-candidate')
    expect(rowOf(3)).toContain('stopped')
    expect(rowOf(4)).toContain('killed')
    expect(rowOf(5)).toContain('starting')
    expect(rowOf(6)).toContain('disk lost')
    expect(rowOf(7)).toMatch(/◌ .* learner .* 1,234,567/)
  })

  test('has the same height from the first frame to the last', () => {
    const height = (text: string): number => text.split('\n').length
    const empty = { ...picture, recoveries: [], replacements: [], position: 0 }
    expect(height(draw({ events: [], picture: empty }))).toBe(
      height(draw({ events: Array.from({ length: 6 }, () => event) })),
    )
  })

  test('shows which member is being replaced, and how long that took before', () => {
    const line = (more: Partial<Picture>): string =>
      draw({ picture: { ...picture, ...more } })
        .split('\n')
        .find((text) => text.includes('lost disks'))!
    expect(line({})).toContain('2, replacing member-6   min 12345')
    expect(line({ replacements: picture.replacements.slice(0, 1) })).toContain('1, all replaced   min')
    expect(line({ replacements: [] })).toContain('none yet')
  })

  test('shows an overlap', () =>
    expect(draw({ picture: { ...picture, overlap: 1.23 } })).toContain('1.2 ms with two leaders at once'))
  test('shows an empty input as complete', () =>
    expect(draw({ run: { ...scene.run, source: { ...scene.run.source, records: 0 } } })).toContain('100 %'))
})
