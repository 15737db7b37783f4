// What the callers of a member ask for: checked, refused if it cannot be, and handed to its replica.
import type { RaftView } from '@oarlock/core'
import { answerTo, encodeCommand } from './callbacks/index.ts'
import type { AbortOptions } from './election/index.ts'
import { ElectionOnlyError, MemberClosedError, NoSnapshotsError, OarlockError } from './errors.ts'
import type { ProposeOptions, ReadOptions } from './member.ts'
import { MemberBackups } from './member-backup.ts'
import { MemberSessions, type Session, type SessionOptions } from './member-sessions.ts'
import type { MemberSettings } from './member-settings.ts'
import { infoOf, type SnapshotInfo } from './member-snapshots.ts'
import {
  type Membership,
  MembershipCalls,
  type MembershipRequest,
  type ReconfigureOptions,
} from './membership-calls.ts'
import { checkProposeOptions, checkReadOptions } from './options/index.ts'
import type { BackupInfo, LogStore, StateMachine, StoredSnapshot } from './ports/index.ts'
import type { Completion } from './proposals/index.ts'
import { type Consistency, NotReadableError } from './reads/index.ts'
import type { Replica } from './replica.ts'
import { NoSessionError } from './sessions/index.ts'
import type { ClientCommandKind, StoreLink } from './store-link.ts'

export interface MemberRequestsInit<Command, Result, Query, Answer> {
  readonly settings: MemberSettings<Command, Result, Query, Answer>
  readonly replica: Replica<Result>
  readonly snapshots: LogStore['snapshots']
  readonly view: () => RaftView
}

type Queryable<Query, Answer> = Required<Pick<StateMachine<never, never, Query, Answer>, 'query'>>

const isQueryable = <Query, Answer>(
  machine: Pick<StateMachine<never, never, Query, Answer>, 'query'> | undefined,
): machine is Queryable<Query, Answer> => typeof machine?.query === 'function'

export class MemberRequests<Command, Result, Query, Answer>
  implements Pick<StoreLink, 'submit' | 'proposeToStore' | 'readStore'>
{
  readonly #settings: MemberSettings<Command, Result, Query, Answer>
  readonly #replica: Replica<Result>
  readonly #sessions: MemberSessions<Command, Result>
  readonly #calls: MembershipCalls
  readonly #backups: MemberBackups
  #isClosed = false

  constructor({ settings, replica, snapshots, view }: MemberRequestsInit<Command, Result, Query, Answer>) {
    this.#settings = settings
    this.#replica = replica
    this.#sessions = new MemberSessions({
      replica,
      codec: settings.codec,
      resultCodec: settings.resultCodec,
      refusal: () => this.#noSession(),
    })
    this.#calls = new MembershipCalls(replica, view)
    this.#backups = new MemberBackups({ settings, replica, snapshots, isClosed: () => this.#isClosed })
  }

  /** Every later request is refused. */
  stop(): void {
    this.#isClosed = true
  }

  propose(command: Command, options?: ProposeOptions): Promise<Result> {
    let bytes: Uint8Array
    try {
      if (options !== undefined) checkProposeOptions('propose', options)
      const isSafe = options?.retry === 'safe'
      const refusal = isSafe ? this.#noSession() : this.#refusal()
      if (refusal !== null) throw refusal
      if (isSafe) return this.#sessions.propose(command, options!)
      bytes = encodeCommand(this.#settings.codec, command)
    } catch (error) {
      if (error instanceof OarlockError) this.#replica.proposals.meter.failed(error.code)
      return Promise.reject(error)
    }
    return new Promise((resolve, reject) =>
      this.#replica.propose(bytes, options?.signal, { resolve, reject }),
    )
  }

  session(options?: SessionOptions): Promise<Session<Command, Result>> {
    return this.#sessions.open(options)
  }

  submit(
    kind: ClientCommandKind,
    bytes: Uint8Array,
    signal: AbortSignal,
    completion: Completion<unknown>,
  ): void {
    const refusal = this.#noSession()
    if (refusal !== null) return completion.reject(refusal)
    this.#replica.proposals.add(bytes, signal, completion, kind)
  }

  async proposeToStore(command: Uint8Array, options: AbortOptions): Promise<Uint8Array> {
    const refusal = this.#noSession()
    if (refusal === null) return this.#sessions.proposeToStore(command, options)
    this.#replica.proposals.meter.failed(refusal.code)
    throw refusal
  }

  /** Why no command can be proposed now, or null. */
  #refusal(): OarlockError | null {
    if (this.#isClosed)
      return new MemberClosedError('the member is closed: the command was not applied', 'not-applied')
    if (!this.#settings.config.electionOnly) return null
    return new ElectionOnlyError(
      "a cluster with purpose 'election' replicates nothing: the command was not applied",
    )
  }

  /** As `#refusal`, of commands in sessions. */
  #noSession(): OarlockError | null {
    if (!this.#settings.config.witness) return this.#refusal()
    return new NoSessionError(
      `'${this.#settings.config.id}' is a witness and has no sessions: propose on another member`,
    )
  }

  async snapshot(): Promise<SnapshotInfo> {
    const { id } = this.#settings.config
    if (this.#isClosed)
      throw new MemberClosedError('the member is closed: no snapshot was taken', 'not-applied')
    if (this.#replica.snapshotter === null)
      throw new NoSnapshotsError(
        `'${id}' takes no snapshots: its state machine or its log store has no 'snapshots'`,
      )
    return infoOf(
      await new Promise<StoredSnapshot>((resolve, reject) =>
        this.#replica.snapshot((failure, stored) => (failure === null ? resolve(stored!) : reject(failure))),
      ),
    )
  }

  backup(file: string, options: AbortOptions = {}): Promise<BackupInfo> {
    return this.#backups.save(file, options)
  }

  backupStream(options: AbortOptions = {}): AsyncIterable<Uint8Array> {
    return this.#backups.stream(options)
  }

  read(query: Query, options: ReadOptions = {}): Promise<Answer> {
    return new Promise((resolve) => {
      checkReadOptions('read', options)
      const { consistency = 'linearizable', signal } = options
      const machine = this.#queried()
      resolve(this.#read(consistency, signal, () => answerTo(machine, query)))
    })
  }

  readStore<Value>(consistency: Consistency, serve: () => Value, { signal }: AbortOptions): Promise<Value> {
    const { config } = this.#settings
    if (config.electionOnly || config.witness)
      return Promise.reject(
        new NotReadableError(
          config.witness
            ? `'${config.id}' is a witness and has no store: read on another member`
            : "a cluster with purpose 'election' has no store, so there is nothing to read",
        ),
      )
    return this.#read(consistency, signal, serve)
  }

  #read<Value>(
    consistency: Consistency,
    signal: AbortSignal | undefined,
    serve: () => Value,
  ): Promise<Value> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed)
        throw new MemberClosedError('the member is closed: the read was not served', 'not-a-write')
      const settle = () => {
        try {
          resolve(serve())
        } catch (error) {
          reject(error)
        }
      }
      this.#replica.read(consistency, signal, { serve: settle, reject })
    })
  }

  members(options: AbortOptions = {}): Promise<Membership> {
    return this.#isClosed
      ? Promise.reject(
          new MemberClosedError('the member is closed: the members were not read', 'not-a-write'),
        )
      : this.#calls.members(options)
  }

  reconfigure(change: MembershipRequest, options: ReconfigureOptions = {}): Promise<Membership> {
    return this.#isClosed
      ? Promise.reject(new MemberClosedError('the member is closed: nothing was changed', 'not-applied'))
      : this.#calls.reconfigure(change, options)
  }

  /** The state machine, if it can be queried. */
  #queried(): Queryable<Query, Answer> {
    const { machine, config } = this.#settings
    if (isQueryable(machine)) return machine
    if (machine !== undefined)
      throw new NotReadableError('the state machine has no method query, so there is nothing to read with')
    if (config.electionOnly)
      throw new NotReadableError(
        "a cluster with purpose 'election' has no state, so there is nothing to read",
      )
    throw new NotReadableError(
      config.witness
        ? `'${this.#settings.config.id}' is a witness and has no state: read on another member`
        : 'the member has no state machine, so there is nothing to read: give join a machine with the method query',
    )
  }
}
