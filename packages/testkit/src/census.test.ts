import { expect, test } from 'vitest'
import type { FaultKind } from './fault.ts'
import { simulate } from './run.ts'
import type { Simulation } from './simulation.ts'

const MOST = 300
/** In so many runs each. */
const OFTEN = 3

const faultKinds: Readonly<Record<FaultKind, true>> = {
  crash: true,
  powerCut: true,
  pause: true,
  isolate: true,
  mute: true,
  link: true,
  split: true,
  ring: true,
  bridge: true,
  oneWay: true,
  slowLinks: true,
  slowDisk: true,
  failedSync: true,
  fullDisk: true,
  bitFlip: true,
  wipe: true,
  clockStep: true,
  drift: true,
  amnesia: true,
  transfer: true,
  unreachable: true,
  campaign: true,
}

const expected = [
  ...Object.keys(faultKinds),
  ...[1, 2, 3, 4, 5, 7].map((size) => `${size} founders`),
  ...[1, 2, 3, 4, 5, 6].map((size) => `${size} voters after a change`),
  'learners',
  'learners only come and go',
  'joint configuration',
  'a node stops: an fsync failed',
  'a node stops: no space is left on its disk',
  'a disk is damaged',
  'a disk is another one',
  'a lost member is replaced',
  'a log is compacted to the tip',
  'a link is cut while it carries a snapshot',
  'a snapshot that was broken off goes on',
]

/** Notes what happens. */
function watch({ nodes, network, observer }: Simulation, sighted: Set<string>): void {
  for (const { disk } of nodes) {
    const { onFailed } = disk
    disk.onFailed = (why) => {
      sighted.add(`a node stops: ${why}`)
      onFailed(why)
    }
  }
  observer.add({
    durable: ({ disk: { durableLog } }) => {
      if (durableLog.start.index > 0 && durableLog.entries.length === 0)
        sighted.add('a log is compacted to the tip')
    },
  })
  const cut = network.cut.bind(network)
  network.cut = (from, to) => {
    if (nodes[from]!.shipping.destinations.includes(nodes[to]!.id))
      sighted.add('a link is cut while it carries a snapshot')
    cut(from, to)
  }
}

function review({ nodes, nemesis, scenario, committed }: Simulation, sighted: Set<string>): void {
  for (const kind of nemesis.struck.keys()) sighted.add(kind)
  sighted.add(`${scenario.voters.length} founders`)
  for (const { configuration } of committed.configurations.slice(1)) {
    const { voters, outgoing, learners } = configuration
    sighted.add(outgoing.length > 0 ? 'joint configuration' : `${voters.length} voters after a change`)
    if (learners.length > 0)
      sighted.add(scenario.operator.learnersOnly ? 'learners only come and go' : 'learners')
  }
  const last = committed.configuration
  if (nodes.some(({ shipping }) => shipping.resumed > 0))
    sighted.add('a snapshot that was broken off goes on')
  for (const { id, disk } of nodes) {
    if (disk.refusal === null) continue
    sighted.add(disk.refusal.includes('damaged') ? 'a disk is damaged' : 'a disk is another one')
    if (scenario.voters.includes(id) && !last.voters.includes(id)) sighted.add('a lost member is replaced')
  }
}

test(`within ${MOST} runs everything happens that may happen`, { timeout: 120_000 }, () => {
  const times = new Map(expected.map((what) => [what, 0]))
  const missing = (): string[] => expected.filter((what) => times.get(what)! < OFTEN)
  for (let seed = 1; seed <= MOST && missing().length > 0; seed++) {
    const sighted = new Set<string>()
    let simulation: Simulation | null = null
    simulate({
      seed,
      watch: (built) => {
        simulation = built
        watch(built, sighted)
      },
    })
    review(simulation!, sighted)
    for (const what of sighted) times.set(what, (times.get(what) ?? 0) + 1)
  }
  expect(missing()).toEqual([])
})
