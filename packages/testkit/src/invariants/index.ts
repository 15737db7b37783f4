// All checkers, in the order in which they are asked.
import type { CommittedLog } from '../committed.ts'
import type { SimNode } from '../node.ts'
import type { Watcher } from '../observer.ts'
import type { Scenario } from '../scenario.ts'
import type { Workload } from '../workload.ts'
import type { World } from '../world.ts'
import { AcknowledgedWrites } from './acknowledged-writes.ts'
import { AnswersAfterWrites } from './answers-after-writes.ts'
import { CommittedNeverChanges } from './committed-never-changes.ts'
import { ConfigurationsAgree } from './configurations-agree.ts'
import { DurableQuorum } from './durable-quorum.ts'
import { ElectionQuorum } from './election-quorum.ts'
import { FencesIncrease } from './fences-increase.ts'
import { InOrder } from './in-order.ts'
import { LeaderCompleteness } from './leader-completeness.ts'
import { LeasesSupported } from './leases-supported.ts'
import { LogMatching } from './log-matching.ts'
import { MatchOnlyGrows } from './match-only-grows.ts'
import { NobodyCouldUsurp } from './nobody-could-usurp.ts'
import { NothingRegresses } from './nothing-regresses.ts'
import { OneHolder } from './one-holder.ts'
import { OneLeaderATerm } from './one-leader-a-term.ts'
import { OnlyVotersLead } from './only-voters-lead.ts'
import { QuorumHeardOf } from './quorum-heard-of.ts'
import { StateMachineSafety } from './state-machine-safety.ts'
import { TransfersCanSucceed } from './transfers-can-succeed.ts'

export interface Observed {
  readonly scenario: Scenario
  readonly world: World
  readonly nodes: readonly SimNode[]
  readonly workload: Workload
  readonly committed: CommittedLog
}

/** What the papers promise: the outcome, whatever the means. */
export function outcomeCheckers({
  world,
  nodes,
  workload,
  committed,
  scenario: { config },
}: Observed): Watcher[] {
  const durable = new DurableQuorum(nodes, committed)
  const checkers: Watcher[] = [
    new NothingRegresses(),
    new MatchOnlyGrows(),
    new OneLeaderATerm(),
    new LogMatching(),
    new InOrder(),
    new CommittedNeverChanges(committed), // fills `committed` for those below
    durable,
    new NobodyCouldUsurp(nodes, committed, durable),
    new LeaderCompleteness(nodes, committed),
    new StateMachineSafety(committed),
    new OneHolder(world, nodes),
    new FencesIncrease(world),
    new OnlyVotersLead(committed),
    new TransfersCanSucceed(nodes, committed),
    new AcknowledgedWrites(nodes, workload, committed),
  ]
  if (config.checkQuorum) checkers.push(new QuorumHeardOf(world, committed, config.electionTimeout))
  return checkers
}

/** What those promises rest on: seen broken sooner, in runs where nothing came of it. */
export function earlyCheckers({ world, nodes, committed, scenario: { config } }: Observed): Watcher[] {
  const checkers: Watcher[] = [
    new ElectionQuorum(nodes, committed),
    new AnswersAfterWrites(nodes),
    new ConfigurationsAgree(committed),
  ]
  if (config.lease) checkers.push(new LeasesSupported(world, nodes, committed, config))
  return checkers
}
