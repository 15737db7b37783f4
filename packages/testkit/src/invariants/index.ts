// All checkers, in the order in which they run.
import type { NodeId, RaftConfig } from '@oarlock/core'
import type { FoundingRule } from '@oarlock/runtime'
import type { Reads, StoreClients, StoreHistory, Workload } from '../clients/index.ts'
import type { MachineFactory } from '../machine/index.ts'
import type { NodeProfile, SimNode, Watcher } from '../member/index.ts'
import type { CommittedLog } from '../model/index.ts'
import type { World } from '../world/index.ts'
import { AcceptedIsRecorded } from './accepted-is-recorded.ts'
import { AcknowledgedIsHeld } from './acknowledged-is-held.ts'
import { AcknowledgedWrites } from './acknowledged-writes.ts'
import { AnswersAfterWrites } from './answers-after-writes.ts'
import { ApplyingBounded } from './applying-bounded.ts'
import { AskedBeforeStanding } from './asked-before-standing.ts'
import { AskingChangesNothing } from './asking-changes-nothing.ts'
import { ChangesAppliedBeforeStanding } from './changes-applied-before-standing.ts'
import { CommittedNeverChanges } from './committed-never-changes.ts'
import { ConfigurationsAgree } from './configurations-agree.ts'
import { DurableQuorum } from './durable-quorum.ts'
import { ElectedByAMajority } from './elected-by-a-majority.ts'
import { ElectionQuorum } from './election-quorum.ts'
import { FencesIncrease } from './fences-increase.ts'
import { InOrder } from './in-order.ts'
import { LeaderAppendsOnly } from './leader-appends-only.ts'
import { LeaderCompleteness } from './leader-completeness.ts'
import { LeaderTimeIsOne } from './leader-time-is-one.ts'
import { LeasesSupported } from './leases-supported.ts'
import { LiveLeadersAreKept } from './live-leaders-are-kept.ts'
import { LogMatching } from './log-matching.ts'
import { MatchOnlyGrows } from './match-only-grows.ts'
import { MatchesAreDurable } from './matches-are-durable.ts'
import { MembersAgree } from './members-agree.ts'
import { MessagesOfTheirTerm } from './messages-of-their-term.ts'
import { NoLeaseEndsEarly } from './no-lease-ends-early.ts'
import { NobodyCouldUsurp } from './nobody-could-usurp.ts'
import { NothingRegresses } from './nothing-regresses.ts'
import { Once } from './once.ts'
import { OneChangeAtATime } from './one-change-at-a-time.ts'
import { OneHolder } from './one-holder.ts'
import { OneHolderOfAQueue } from './one-holder-of-a-queue.ts'
import { OneIncarnation } from './one-incarnation.ts'
import { OneLeaderATerm } from './one-leader-a-term.ts'
import { OneOutcome } from './one-outcome.ts'
import { OnlyVotersLead } from './only-voters-lead.ts'
import { PromisesAtStart } from './promises-at-start.ts'
import { PromotedWhenCaughtUp } from './promoted-when-caught-up.ts'
import { QuorumHeardOf } from './quorum-heard-of.ts'
import { ReadsSeeWhatIsCommitted } from './reads-see-what-is-committed.ts'
import { SnapshotsReplay } from './snapshots-replay.ts'
import { StateBeforeLeadership } from './state-before-leadership.ts'
import { StateMachineSafety } from './state-machine-safety.ts'
import { StoresAgree } from './stores-agree.ts'
import { TransfersCanSucceed } from './transfers-can-succeed.ts'
import { TransfersStopWrites } from './transfers-stop-writes.ts'
import { UncommittedBounded } from './uncommitted-bounded.ts'
import { VotesAreDeserved } from './votes-are-deserved.ts'
import { WindowsBounded } from './windows-bounded.ts'
import { WitnessesServeNothing } from './witnesses-serve-nothing.ts'
import { WordIsKept } from './word-is-kept.ts'

/** The part of a scenario that the checkers need. */
interface Setting {
  readonly config: Omit<RaftConfig, 'id'>
  /** The configuration of single nodes. */
  readonly own: Readonly<Record<NodeId, { readonly witness?: boolean }>>
  readonly voters: readonly NodeId[]
  readonly node: NodeProfile
  readonly nemesis: { readonly clockSpread: number }
  readonly founding: FoundingRule | null
}

export interface Observed {
  readonly scenario: Setting
  readonly world: World
  readonly nodes: readonly SimNode[]
  readonly workload: Workload
  readonly reads: Reads
  readonly committed: CommittedLog
  readonly storeClients: StoreClients
  readonly storeHistory: StoreHistory
  /** Makes the state machine under test; null if there is none. */
  readonly hosted: MachineFactory | null
  /** Watches also the processes that use the name of a member. */
  readonly incarnations: Watcher
}

/** The checkers of outcomes, which the papers promise. */
export function outcomeCheckers({
  world,
  nodes,
  workload,
  reads,
  committed,
  storeClients,
  storeHistory,
  hosted,
  incarnations,
  scenario: { config, own, voters, node, nemesis },
}: Observed): Watcher[] {
  const durable = new DurableQuorum(nodes, committed)
  const witnesses = new Set(Object.keys(own).filter((id) => own[id]?.witness === true))
  const checkers: Watcher[] = [
    incarnations,
    new NothingRegresses(),
    new MatchOnlyGrows(),
    new OneLeaderATerm(),
    new LogMatching(),
    new LeaderAppendsOnly(),
    new InOrder(),
    new CommittedNeverChanges(committed), // fills `committed` for those below
    durable,
    new NobodyCouldUsurp(nodes, committed, durable),
    new LeaderCompleteness(nodes, committed),
    new MembersAgree(committed),
    new PromotedWhenCaughtUp(),
    new Once(workload, committed),
    new StateMachineSafety(committed),
    new StoresAgree(nodes, committed, storeHistory),
    new NoLeaseEndsEarly(world, storeClients, storeHistory),
    new OneHolderOfAQueue(storeClients.contenders),
    new LeaderTimeIsOne(world, committed, nemesis.clockSpread, witnesses),
    new OneHolder(nodes),
    new FencesIncrease(world),
    ...(config.electionOnly ? [] : [new StateBeforeLeadership(committed)]),
    new OnlyVotersLead(committed),
    new TransfersCanSucceed(nodes, committed, Object.keys(own).length > 0),
    new OneOutcome(workload, reads, node),
    new AcknowledgedWrites(nodes, workload, committed),
  ]
  checkers.push(new ApplyingBounded(config.maxApplyingBytes))
  if (config.maxUncommittedBytes > 0 && !config.electionOnly)
    checkers.push(new UncommittedBounded(config.maxUncommittedBytes))
  if (witnesses.size > 0)
    checkers.push(
      new WitnessesServeNothing(
        witnesses,
        nodes.filter(({ id }) => voters.includes(id)),
      ),
    )
  if (hosted !== null) checkers.push(new SnapshotsReplay(committed, hosted))
  if (config.checkQuorum) checkers.push(new QuorumHeardOf(world, committed))
  return checkers
}

/**
 * The checkers of messages to nodes and clients that could do harm now: two members might be elected (EQ,
 * GRANT, TURN, CHANGE, CONF, MON, ACK, TWIN), hold leadership (LEASE), or read old state (READ); a live leader
 * might be deposed (CALM); or a limit was exceeded (BOUND, TRANSFER). They are on in hunts for mutants, since
 * an observer of the messages could see the harm. They are off in scenarios, which show the harm itself.
 */
export function dangerCheckers({ world, nodes, committed, scenario }: Observed): Watcher[] {
  const { config, own, founding } = scenario
  const checkers: Watcher[] = [
    new WordIsKept(),
    new AcceptedIsRecorded(founding !== null),
    new AcknowledgedIsHeld(nodes, committed),
    new ElectedByAMajority(committed),
    new AskingChangesNothing(committed),
    new LiveLeadersAreKept(world),
    new VotesAreDeserved(),
    new ChangesAppliedBeforeStanding(),
    new ConfigurationsAgree(committed),
    new OneChangeAtATime(),
    new TransfersStopWrites(Object.keys(own).length > 0),
    new ReadsSeeWhatIsCommitted(committed),
    new WindowsBounded(config),
  ]
  if (config.lease)
    checkers.push(new LeasesSupported(world, nodes, committed, config), new PromisesAtStart(world))
  if (config.preVote) checkers.push(new AskedBeforeStanding(committed))
  return checkers
}

/** The checkers of preconditions. They object sooner, also in runs without harm. */
export function earlyCheckers({ nodes, committed }: Observed): Watcher[] {
  return [
    new ElectionQuorum(nodes, committed),
    new AnswersAfterWrites(),
    new MessagesOfTheirTerm(),
    new MatchesAreDurable(nodes),
  ]
}
export { holds } from './one-holder.ts'
export { OneIncarnation }
