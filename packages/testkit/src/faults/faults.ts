// The effect of each kind of fault. The nemesis chooses the times and the victims.
import { drawRate, type Network } from '../hardware/index.ts'
import { type Arrival, type CrashPoint, LocalEvent, type SimNode } from '../member/index.ts'
import { type CommittedLog, isMember, type Survivors } from '../model/index.ts'
import type { Random } from '../world/index.ts'
import type { FaultKind, NemesisProfile } from './fault-kinds.ts'
import { bridge, isolate, link, mute, oneWay, ring, type Severs, split } from './partitions.ts'

export interface Means {
  /** For this fault alone, so that other faults do not change its draws. */
  readonly dice: Random
  readonly profile: NemesisProfile
  readonly nodes: readonly SimNode[]
  readonly network: Network<Arrival>
  readonly committed: CommittedLog
  readonly survivors: Survivors
  /** Calls back later, unless the faults have stopped by then. */
  readonly after: (delay: number, what: () => void) => void
}

type Strike = (victim: SimNode, means: Means) => void

export const writeBoundaries: readonly CrashPoint[] = ['beforeWrite', 'duringWrite', 'afterWrite']

/** Calls back after about the duration of a fault. */
function later({ dice, profile, after }: Means, what: () => void): void {
  after(dice.exponential(profile.length), what)
}

/** Cuts the directed links that `severs` names, for a while. */
function cut(severs: Severs, means: Means): void {
  const { nodes, network } = means
  const links = nodes.flatMap((from) =>
    nodes.filter((to) => from !== to && severs(from, to)).map((to) => [from.place, to.place] as const),
  )
  for (const [from, to] of links) network.cut(from, to)
  later(means, () => {
    for (const [from, to] of links) network.mend(from, to)
  })
}

const members = ({ nodes, committed }: Means): readonly SimNode[] =>
  nodes.filter(({ id }) => isMember(committed.configuration, id))

function slowLinks(victim: SimNode, means: Means): void {
  const { dice, nodes, network } = means
  const factor = dice.logBetween(2, 100)
  const links = nodes.filter((node) => node !== victim && dice.chance(0.5))
  const set = (to: number): void => {
    for (const node of links) network.slow(victim.place, node.place, to)
  }
  set(factor)
  later(means, () => set(1))
}

/**
 * The only moment at which members are kept from electing another leader by nothing but the promises from
 * before their restart (see ARCHITECTURE.md, leases). One of them has not heard from the leader for a while,
 * so it stands soon.
 */
function amnesia(victim: SimNode, means: Means): void {
  const { dice, profile, network, nodes, after } = means
  const leader = nodes.find(({ up, raft }) => up && raft.role === 'leader') ?? victim
  const others = members(means).filter((node) => node !== leader)
  if (others.length < 2) return
  const impatient = dice.pick(others)
  network.cut(leader.place, impatient.place)
  after(profile.electionTimeout * dice.between(0.7, 1.8), () => {
    for (const node of others) if (node !== impatient) node.crash()
    cut(isolate(leader), means)
    network.mend(leader.place, impatient.place)
  })
}

/**
 * Sets the clocks of one machine, of some, or of all but one, by the same amount if their time server is
 * wrong.
 */
function stepClocks(victim: SimNode, { dice, nodes, profile }: Means): void {
  const by = profile.electionTimeout * dice.logBetween(0.3, 100) * (dice.chance(0.7) ? 1 : -1)
  const allBut = dice.chance(0.4)
  for (const node of nodes)
    if (allBut ? node !== victim : node === victim || dice.chance(0.3)) node.stepWall(by)
}

export const strikes: Readonly<Record<FaultKind, Strike>> = {
  crash: (victim, { dice }) => victim.crash(dice.chance(0.5) ? 'now' : dice.pick(writeBoundaries)),
  powerCut: (_victim, { nodes }) => {
    for (const node of nodes) node.crash()
  },
  stop: (victim) => victim.stop(),
  slowMachine: (victim, means) => {
    const { dice, profile } = means
    // Long enough for entries to wait while snapshots come in, but a whole backlog must still be applied in
    // time.
    victim.applyDelay = profile.electionTimeout * dice.logBetween(0.003, 0.1)
    later(means, () => {
      victim.applyDelay = 0
    })
  },
  pause: (victim, means) => {
    if (!victim.up || victim.paused) return
    victim.pause()
    later(means, () => victim.resume())
  },

  isolate: (victim, means) => cut(isolate(victim), means),
  mute: (victim, means) => cut(mute(victim), means),
  link: (victim, means) => cut(link(victim, means.dice.pick(means.nodes)), means),
  split: (_victim, means) => cut(split(means.nodes, means.dice), means),
  ring: (_victim, means) => cut(ring(members(means), means.dice), means),
  bridge: (victim, means) => cut(bridge(members(means), victim, means.dice), means),
  oneWay: (victim, means) => cut(oneWay(means.nodes, victim, means.dice), means),
  slowLinks,

  slowDisk: ({ disk }, means) => {
    disk.slowness = means.dice.logBetween(2, 100)
    later(means, () => {
      disk.slowness = 1
    })
  },
  failedSync: ({ disk, up }) => {
    disk.syncFails = up
  },
  fullDisk: ({ disk }, means) => {
    disk.full = true
    later(means, () => {
      disk.full = false
    })
  },
  bitFlip: (victim, { dice, survivors }) => {
    if (!survivors.mayLose(victim)) return
    victim.crash()
    victim.disk.damage(dice)
  },
  wipe: (victim, { survivors }) => {
    if (!survivors.mayLose(victim)) return
    victim.crash()
    victim.disk.wipe()
  },

  amnesia,
  clockStep: stepClocks,
  drift: (victim, { dice, profile }) => victim.drift(drawRate(dice, profile.clockSpread)),

  transfer: (victim, { dice, nodes }) =>
    victim.arrive(new LocalEvent({ type: 'transfer', to: dice.chance(0.3) ? null : dice.pick(nodes).id })),
  // Most of a node's traffic is with its leader.
  unreachable: (victim, { dice, nodes }) => {
    const leader =
      victim.up && dice.chance(0.5) ? nodes.find(({ id }) => id === victim.raft.leader) : undefined
    const peer = leader ?? dice.pick(nodes)
    if (peer !== victim) victim.arrive(new LocalEvent({ type: 'peerUnreachable', id: peer.id }))
  },
  campaign: (victim, { dice, nodes }) => {
    for (const node of nodes)
      if (node === victim || dice.chance(0.5)) node.arrive(new LocalEvent({ type: 'campaign' }))
  },
}
