// The effect of each kind of fault. The nemesis chooses the times and the victims.
import { type Disk, drawRate, type Network } from '../hardware/index.ts'
import { type Arrival, type CrashPoint, LocalEvent, type SimNode } from '../member/index.ts'
import { type CommittedLog, isMember, type Survivors } from '../model/index.ts'
import type { Random } from '../world/index.ts'
import type { FaultKind, NemesisProfile } from './fault-kinds.ts'
import type { Namesakes } from './namesakes.ts'
import { bridge, isolate, link, mute, oneWay, ring, type Severs, split } from './partitions.ts'

export interface FaultContext {
  /** For this fault alone, so that other faults do not change its draws. */
  readonly dice: Random
  readonly profile: NemesisProfile
  readonly nodes: readonly SimNode[]
  readonly network: Network<Arrival>
  readonly committed: CommittedLog
  readonly survivors: Survivors
  readonly namesakes: Namesakes
  /** Calls back later, unless the faults have stopped by then. */
  readonly after: (delay: number, what: () => void) => void
}

type Injector = (victim: SimNode, context: FaultContext) => void

export const writeBoundaries: readonly CrashPoint[] = ['beforeWrite', 'duringWrite', 'afterWrite']

/** Calls back after about the duration of a fault. */
function later({ dice, profile, after }: FaultContext, what: () => void): void {
  after(dice.exponential(profile.length), what)
}

/** Cuts the directed links that `severs` selects, for a while. */
function cut(severs: Severs, context: FaultContext): void {
  const { nodes, network } = context
  const links = nodes.flatMap((from) =>
    nodes.filter((to) => from !== to && severs(from, to)).map((to) => [from.place, to.place] as const),
  )
  for (const [from, to] of links) network.cut(from, to)
  later(context, () => {
    for (const [from, to] of links) network.mend(from, to)
  })
}

const members = ({ nodes, committed }: FaultContext): readonly SimNode[] =>
  nodes.filter(({ id }) => isMember(committed.configuration, id))

function slowLinks(victim: SimNode, context: FaultContext): void {
  const { dice, nodes, network } = context
  const factor = dice.logBetween(2, 100)
  const links = nodes.filter((node) => node !== victim && dice.chance(0.5))
  const set = (to: number): void => {
    for (const node of links) network.slow(victim.place, node.place, to)
  }
  set(factor)
  later(context, () => set(1))
}

/**
 * Restarts members when only their promises from before the restart keep them from electing another leader
 * (ARCHITECTURE.md, leases). One of them has not heard from the leader for a while, so it campaigns soon.
 */
function amnesia(victim: SimNode, context: FaultContext): void {
  const { dice, profile, network, nodes, after } = context
  const leader = nodes.find(({ up, raft }) => up && raft.role === 'leader') ?? victim
  const others = members(context).filter((node) => node !== leader)
  if (others.length < 2) return
  const impatient = dice.pick(others)
  network.cut(leader.place, impatient.place)
  after(profile.electionTimeout * dice.between(0.7, 1.8), () => {
    for (const node of others) if (node !== impatient) node.crash()
    cut(isolate(leader), context)
    network.mend(leader.place, impatient.place)
  })
}

/**
 * Sets the clocks of one machine, of some, or of all but one, by the same amount if their time server is
 * wrong.
 */
function stepClocks(victim: SimNode, { dice, nodes, profile }: FaultContext): void {
  const by = profile.electionTimeout * dice.logBetween(0.3, 100) * (dice.chance(0.7) ? 1 : -1)
  const allBut = dice.chance(0.4)
  for (const node of nodes)
    if (allBut ? node !== victim : node === victim || dice.chance(0.3)) node.stepWall(by)
}

/** Starts a process under the name of a member. It may be restarted, as an operator would try. */
function startNamesake(victim: SimNode, disk: Disk, listens: boolean, context: FaultContext): void {
  const { dice, profile, namesakes, after } = context
  const process = namesakes.start(victim, disk, dice.split('namesake'), listens)
  if (process === null) return
  for (let restarts = dice.int(3); restarts > 0; restarts--)
    after(profile.electionTimeout * dice.between(0.5, 6), () => {
      process.crash()
      process.start()
    })
}

/** The operator starts the member again, on an empty disk. */
function wipe(victim: SimNode, context: FaultContext): void {
  const { dice, profile, survivors, namesakes, after } = context
  if (!survivors.mayLose(victim)) return
  victim.crash()
  const mayStart = namesakes.mayStart(victim)
  victim.disk.wipe()
  if (!mayStart || !victim.lost) return
  after(dice.exponential(profile.downtime), () =>
    startNamesake(victim, victim.disk.empty(dice.split('disk')), true, context),
  )
}

/** A newcomer that waits to be taken in may lose its disk again: it has promised nothing. */
function loseDisk(victim: SimNode, { dice, committed, survivors, namesakes }: FaultContext): void {
  if (!isMember(committed.configuration, victim.id)) return
  if (!survivors.mayLose(victim) || !namesakes.mayForget(victim) || !namesakes.isMet(victim)) return
  if (namesakes.copiesRun) return
  victim.loseDisk(dice.split('disk'))
}

/**
 * Damages the newest, or all, if a peer can send it one. If only the newest is, it must not need its peers:
 * the log goes on from another sound snapshot, or from its beginning. Those count that the member keeps, two
 * of them, since it does not know of the damage before it reads.
 */
function damageSnapshot(victim: SimNode, { dice, survivors }: FaultContext): void {
  const { snapshots, durableLog } = victim.disk
  if (dice.split('all').chance(0.4) && victim.hasState && survivors.mayLoseState(victim)) {
    snapshots.damageAll()
    victim.crash()
    return
  }
  // It has read the snapshot before, and restores it now.
  if (victim.up && victim.isRestoring) return
  const kept = snapshots.stored.filter(({ meta }) => durableLog.termAt(meta.index) === meta.term).slice(0, 2)
  if (!kept.every((snapshot) => snapshots.sound.includes(snapshot))) return
  if (kept.length === 0 || (kept.length === 1 && durableLog.start.index > 0)) return
  snapshots.damage(kept[0]!)
  // It is found when it is read.
  if (dice.chance(0.5)) victim.crash()
}

function startTwin(victim: SimNode, context: FaultContext): void {
  const { dice, namesakes } = context
  if (!victim.up || !namesakes.mayStart(victim)) return
  startNamesake(victim, victim.disk.empty(dice.split('disk')), dice.chance(0.3), context)
}

/** How often to look whether a copy is old by now, and after how long, in election timeouts. */
const LOOKS = 8
const LOOKS_EVERY = 0.5

/** Copies a directory, and starts a process on it when all members have seen a later start of the member. */
function startOldCopy(victim: SimNode, context: FaultContext): void {
  const { dice, profile, survivors, namesakes, after } = context
  if (!victim.up || !namesakes.mayStart(victim)) return
  const copy = victim.disk.copy(dice.split('disk'))
  const isRestored = dice.chance(0.5)
  victim.crash()
  const look = (left: number): void => {
    if (!namesakes.isOldFor(victim, copy)) {
      if (left > 0) after(LOOKS_EVERY * profile.electionTimeout, () => look(left - 1))
      return
    }
    if (isRestored && !survivors.mayLose(victim)) return
    if (isRestored) {
      victim.crash()
      victim.disk.refusal = 'the operator has replaced it by an older copy'
    }
    startNamesake(victim, copy, isRestored || dice.chance(0.3), context)
  }
  look(LOOKS)
}

export const injectors: Readonly<Record<FaultKind, Injector>> = {
  crash: (victim, { dice }) => victim.crash(dice.chance(0.5) ? 'now' : dice.pick(writeBoundaries)),
  powerCut: (_victim, { nodes }) => {
    for (const node of nodes) node.crash()
  },
  stop: (victim) => victim.stop(),
  slowMachine: (victim, context) => {
    const { dice, profile } = context
    // Long enough for entries to wait while snapshots come in, but a whole backlog must still be applied in
    // time.
    victim.applyDelay = profile.electionTimeout * dice.logBetween(0.003, 0.1)
    later(context, () => {
      victim.applyDelay = 0
    })
  },
  pause: (victim, context) => {
    if (!victim.up || victim.paused) return
    victim.pause()
    later(context, () => victim.resume())
  },

  isolate: (victim, context) => cut(isolate(victim), context),
  mute: (victim, context) => cut(mute(victim), context),
  link: (victim, context) => cut(link(victim, context.dice.pick(context.nodes)), context),
  split: (_victim, context) => cut(split(context.nodes, context.dice), context),
  ring: (_victim, context) => cut(ring(members(context), context.dice), context),
  bridge: (victim, context) => cut(bridge(members(context), victim, context.dice), context),
  oneWay: (victim, context) => cut(oneWay(context.nodes, victim, context.dice), context),
  slowLinks,

  slowDisk: ({ disk }, context) => {
    disk.slowness = context.dice.logBetween(2, 100)
    later(context, () => {
      disk.slowness = 1
    })
  },
  failedSync: ({ disk, up }) => {
    disk.syncFails = up
  },
  fullDisk: ({ disk }, context) => {
    disk.full = true
    later(context, () => {
      disk.full = false
    })
  },
  bitFlip: (victim, { dice, survivors }) => {
    if (!survivors.mayLose(victim)) return
    victim.crash()
    victim.disk.damage(dice)
  },
  damagedSnapshot: damageSnapshot,
  wipe,
  lostDisk: loseDisk,
  twin: startTwin,
  oldCopy: startOldCopy,

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
