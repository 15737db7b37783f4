// What a checker throws: the run ends there.

/** The checkers by their short names, and what each one watches. */
export const checkers = {
  ES: 'one leader a term (election safety)',
  EQ: 'a leader has the durable votes of a quorum',
  LM: 'log matching',
  LC: 'a new leader holds every committed entry (leader completeness)',
  SMS: 'the same entry applied at an index everywhere (state machine safety)',
  CI: 'a committed entry never changes',
  CQ: 'what is committed is on a quorum of disks',
  USURP: 'no node that lacks a committed entry could be elected by the disks as they are',
  VOTER: 'only voters lead',
  QUORUM: 'with check-quorum nobody leads for long without a quorum',
  TRANSFER: 'whoever is told to stand is sure to win',
  CALM: 'with pre-vote a member that was cut off comes back without an election',
  MON: 'term, vote, commit, applied and what is durable never regress',
  CONF: 'configurations follow one another as they may, and are the same where the log is',
  ORD: 'purged ≤ snapshot ≤ applied ≤ commit ≤ last',
  LAW: 'no answer leaves before what it promises is durable',
  LEASE: 'a lease rests on the answers of a quorum, and nobody votes while its answer supports one',
  HOLD: 'no two holders of leadership at one instant',
  FENCE: 'fences strictly increase, and no leadership comes back',
  LIN: 'reads and writes are linearizable',
  DUR: 'every acknowledged write is there at the end',
  DROP: 'a proposal that was refused is never committed',
  HEAL: 'after the faults stop the cluster serves and converges',
  ASSERT: "the core's own assertions",
  SPIN: 'no tick after tick at one instant, no storm of messages that feeds itself',
} as const

export type Checker = keyof typeof checkers

export class Violation extends Error {
  override readonly name = 'Violation'
  readonly checker: Checker

  constructor(checker: Checker, message: string, options?: ErrorOptions) {
    super(message, options)
    this.checker = checker
  }
}
