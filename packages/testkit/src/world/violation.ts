// The error that a checker throws. It ends the run.

/** The checkers by short name, with the property that each one checks. */
export const checkers = {
  ES: 'one leader a term (election safety)',
  EQ: 'a leader was given the votes of a quorum, and they are durable',
  LM: 'log matching',
  APPEND: 'a leader only ever appends to its own log',
  LC: 'a new leader holds every committed entry (leader completeness)',
  SMS: 'the same entry applied at an index everywhere (state machine safety)',
  CI: 'a committed entry never changes',
  CQ: 'committed entries are on a quorum of disks',
  USURP: 'no node that lacks a committed entry could be elected by the disks as they are',
  VOTER: 'only voters lead',
  QUORUM: 'with check-quorum no member leads for long without a quorum',
  TRANSFER: 'a member that is told to stand is sure to win, and nothing is appended meanwhile',
  CALM: 'with pre-vote a member that was cut off comes back without an election, and asking changes no term',
  MON: 'term, vote, commit, applied and durable state never regress, and a restart forgets no promise',
  CHANGE: 'no membership change is appended while another is not applied',
  CONF: 'configurations are legal successors, and equal where the logs are',
  MEMBERS: 'every table of members is what the committed changes make',
  ORD: 'purged ≤ snapshot ≤ applied ≤ commit ≤ last',
  LAW: 'no answer leaves before its promise is durable',
  ACK: "no acknowledgement exceeds what the member holds of the leader's log",
  TERM: 'no message is of a term that its sender has not reached, or could forget',
  BOUND: 'windows, queues and accounts stay within their limits and are cleared',
  READ: 'a read sees what was committed when its node was asked',
  LEASE: 'a lease rests on the answers of a quorum, and no member votes while its answer supports one',
  TWIN: 'no two incarnations of a member take part, and no copy that is older than what was seen of it',
  HOLD: 'no two holders of leadership at one instant',
  FENCE: 'fences strictly increase, and no leadership comes back',
  STOP: 'a replica that was stopped neither sends nor takes in anything',
  APPLY: 'the runtime applies each entry once and in order, and reports it when done',
  BYTES: 'a snapshot arrives byte for byte as it was sent',
  READY: 'a leadership begins when the state machine has everything that earlier ones committed',
  OUTCOME: 'the outcome of each request is reported once',
  ONCE: 'a command of a session takes effect once, and its answer stays the same',
  STORE: 'all stores answer alike and are equal, and what is read was there',
  WATCH: 'a watch has each change of its range once, in order',
  EXPIRE: 'no lease ends before its holder knows that it is over',
  QUEUE: 'who has the oldest place of a queue is alone, and has a greater fence than all before',
  TIME: 'leader time is the same on all members, and never goes back',
  MODEL: 'results and answers are those of one machine that applies the committed log once',
  MACHINE: 'the state machine under test throws nothing, and its check holds',
  GRANT: 'votes and pre-votes go to logs that are up to date',
  CLAIM: 'what a leader believes a member to hold is on its disk',
  TURN: 'no member stands while it has not applied a committed membership change',
  LIN: 'reads and writes are linearizable',
  DUR: 'every acknowledged write is there at the end',
  WITNESS: 'a witness serves nothing and keeps the log that others may need',
  DROP: 'a refused proposal never takes effect',
  HEAL: 'after the faults stop the cluster serves and converges',
  SERVE: 'a healed cluster reads, writes and hands leadership over at every member',
  LINK: 'a link that is slow but works costs no leadership',
  PROMPT: 'a calm cluster commits without waiting for a heartbeat',
  CUT: 'while links are cut, a majority that can talk elects and serves',
  ASSERT: "the core's own assertions",
  SPIN: 'no endless ticks at one instant, and no storm of messages',
  REPLAY: 'a seed always gives the same run, step by step',
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
