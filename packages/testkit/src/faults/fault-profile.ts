// The fault profile of a run. Most runs have any mixture of faults. Some have the faults that one family of
// bugs needs, since chance would take long to combine them.
import type { RaftConfig } from '@oarlock/core'
import type { Random } from '../world/index.ts'
import type { FaultKind, NemesisProfile } from './fault-kinds.ts'

export type FaultMix =
  /** Any faults, at any rate. */
  | 'mixed'
  /** Many elections, and leaders that crash before they finish anything (figures 7 and 8). */
  | 'restless'
  /** Leases: leaders that are cut off or stopped, and members ready to replace them. */
  | 'leased'
  /** Partitions: leaders on both sides, with clients that read and write on both. */
  | 'divided'

export const drawFaultMix = (random: Random): FaultMix =>
  random.pick([
    'mixed',
    'mixed',
    'mixed',
    'restless',
    'restless',
    'restless',
    'leased',
    'leased',
    'divided',
    'divided',
  ])

/** Returns `value()` with this probability, else `otherwise`. */
export const sometimes = <Value>(
  random: Random,
  share: number,
  value: () => Value,
  otherwise: Value,
): Value => (random.chance(share) ? value() : otherwise)

const faultKinds: readonly FaultKind[] = [
  'crash',
  'powerCut',
  'pause',
  'isolate',
  'mute',
  'link',
  'split',
  'oneWay',
  'slowLinks',
  'slowDisk',
  'drift',
  'transfer',
  'unreachable',
]

/** Faults that fewer runs have, with their share. */
const rarer: readonly (readonly [FaultKind, number])[] = [
  ['ring', 0.2],
  ['bridge', 0.2],
  ['failedSync', 0.25],
  ['fullDisk', 0.2],
  ['bitFlip', 0.15],
  ['wipe', 0.15],
  ['clockStep', 0.2],
  ['stop', 0.25],
  ['slowMachine', 0.25],
  ['twin', 0.2],
  ['oldCopy', 0.2],
]

/** Faults after which some directory is no longer a member's. */
const onDirectories: readonly FaultKind[] = ['wipe', 'twin', 'oldCopy']

type Config = Omit<RaftConfig, 'id'>

/** `roundTrip`: a message and its answer, in ms. */
export function drawNemesis(
  random: Random,
  config: Config,
  roundTrip: number,
  mix: FaultMix,
): NemesisProfile {
  const { electionTimeout, lease, clockRateTolerance } = config
  // Two clocks may differ by the whole tolerance. Without leases they may differ more.
  const clockSpread = lease ? clockRateTolerance : random.pick([0, 0.1, 0.3])
  const common = { electionTimeout, roundTrip, clockSpread }
  const crashesAfterVotes = drawCrashesAfterVotes(random.split('votes'), mix)
  if (mix === 'restless') return { ...common, ...restless(random, config), crashesAfterVotes }
  if (mix === 'divided') return { ...common, ...divided(random, config), crashesAfterVotes }
  if (mix === 'leased') return { ...common, ...leased(random, config), crashesAfterVotes }
  const chosen = faultKinds.filter((kind) =>
    random.chance(kind === 'crash' || kind === 'isolate' ? 0.7 : 0.4),
  )
  const more = random.split('rarer')
  for (const [kind, share] of rarer) if (more.chance(share)) chosen.push(kind)
  return {
    ...common,
    // A campaign on demand ignores leases, so it is for clusters without them.
    faults: !lease && random.chance(0.5) ? [...chosen, 'campaign'] : chosen,
    gap: electionTimeout * random.logBetween(0.3, 6),
    length: electionTimeout * random.logBetween(0.1, 4),
    downtime: electionTimeout * random.logBetween(0.02, 4),
    aimsAtLeader: random.between(0.2, 0.9),
    faultsAtElections: sometimes(random, 0.5, () => random.between(0.2, 1), 0),
    crashesAtWrites: sometimes(random, 0.4, () => random.logBetween(0.005, 0.2), 0),
    crashesAfterVotes,
    crashesAfterAnswers: 0,
  }
}

function drawCrashesAfterVotes(random: Random, mix: FaultMix): number {
  const share = mix === 'restless' ? 0.4 : mix === 'mixed' ? 0.3 : 0
  return sometimes(random, share, () => random.logBetween(0.02, 0.4), 0)
}

type Mixture = Omit<NemesisProfile, 'electionTimeout' | 'roundTrip' | 'clockSpread' | 'crashesAfterVotes'>

function restless(random: Random, { electionTimeout, lease }: Config): Mixture {
  const faults: FaultKind[] = ['crash', 'isolate', 'mute', 'oneWay', 'slowLinks']
  const more = random.split('rarer')
  if (more.chance(0.2)) faults.push('failedSync')
  if (more.chance(0.15)) faults.push('wipe')
  if (more.chance(0.1)) faults.push('twin')
  if (more.chance(0.1)) faults.push('oldCopy')
  return {
    faults: lease ? faults : [...faults, 'campaign', 'campaign'],
    gap: electionTimeout * random.logBetween(0.5, 4),
    length: electionTimeout * random.logBetween(0.5, 4),
    downtime: electionTimeout * random.logBetween(0.1, 2),
    aimsAtLeader: random.between(0.3, 0.9),
    faultsAtElections: sometimes(random, 0.6, () => random.between(0.3, 0.9), 0),
    crashesAtWrites: sometimes(random, 0.5, () => random.logBetween(0.01, 0.1), 0),
    crashesAfterAnswers: 0,
  }
}

function divided(random: Random, { electionTimeout }: Config): Mixture {
  const also: readonly FaultKind[] = ['pause', 'isolate', 'transfer', 'oneWay', 'crash']
  const shapes: readonly FaultKind[] = ['ring', 'bridge', 'wipe', 'clockStep', 'twin', 'oldCopy']
  const more = random.split('rarer')
  return {
    faults: [
      'split',
      'split',
      'split',
      'link',
      ...also.filter(() => random.chance(0.4)),
      ...shapes.filter((shape) => more.chance(onDirectories.includes(shape) ? 0.15 : 0.3)),
    ],
    gap: electionTimeout * random.logBetween(1, 6),
    length: electionTimeout * random.logBetween(1, 6),
    downtime: electionTimeout * random.logBetween(0.1, 2),
    aimsAtLeader: random.between(0.3, 0.9),
    faultsAtElections: 0,
    crashesAtWrites: 0,
    crashesAfterAnswers: 0,
  }
}

function leased(random: Random, { electionTimeout }: Config): Mixture {
  const also: readonly FaultKind[] = [
    'pause',
    'isolate',
    'drift',
    'transfer',
    'slowLinks',
    'oneWay',
    'unreachable',
  ]
  const more = random.split('rarer')
  return {
    faults: [
      'mute',
      'link',
      'link',
      'crash',
      'crash',
      ...also.filter(() => random.chance(0.4)),
      ...(more.chance(0.4) ? (['clockStep', 'clockStep', 'clockStep'] as const) : []),
      ...(more.split('amnesia').chance(0.7) ? (['amnesia', 'amnesia'] as const) : []),
    ],
    gap: electionTimeout * random.logBetween(0.3, 2),
    length: electionTimeout * random.logBetween(0.5, 5),
    downtime: electionTimeout * random.logBetween(0.01, 0.2),
    aimsAtLeader: random.between(0.2, 0.7),
    faultsAtElections: 0,
    crashesAtWrites: sometimes(random, 0.4, () => random.logBetween(0.005, 0.1), 0),
    crashesAfterAnswers: sometimes(more.split('answers'), 0.5, () => more.logBetween(0.01, 0.1), 0),
  }
}
