// `member.backup()`: a snapshot of the state at a linearizable index, with what a new cluster must know of the old one.
import type { RaftConfig } from '@oarlock/core'
import type { AbortOptions } from './election/index.ts'
import { MemberClosedError, NoSnapshotsError } from './errors.ts'
import type { Generation } from './identity/index.ts'
import { checkBackup } from './options/index.ts'
import type {
  BackupFormat,
  BackupInfo,
  MachineSnapshots,
  SnapshotStore,
  StoredSnapshot,
} from './ports/index.ts'
import { ReadAbortedError } from './reads/index.ts'
import type { Replica } from './replica.ts'

export interface MemberBackupsInit {
  readonly settings: {
    readonly config: Pick<RaftConfig, 'id' | 'witness' | 'electionOnly'>
    readonly cluster: string
    readonly machine: { readonly snapshots?: MachineSnapshots } | undefined
    readonly backups?: BackupFormat
  }
  readonly replica: Pick<
    Replica<unknown>,
    'raft' | 'read' | 'snapshot' | 'snapshotter' | 'identities' | 'leaderTime' | 'members'
  >
  readonly snapshots: SnapshotStore | undefined
  readonly isClosed: () => boolean
}

const blockBytes = 256 * 1024

export class MemberBackups {
  readonly #init: MemberBackupsInit

  constructor(init: MemberBackupsInit) {
    this.#init = init
  }

  /** Writes a backup to a file. */
  async save(file: string, options: AbortOptions): Promise<BackupInfo> {
    checkBackup(file, options)
    const format = this.#format()
    let written: BackupInfo | null = null
    await format.save(
      file,
      this.#stream(format, options.signal, (info) => {
        written = info
      }),
    )
    return written!
  }

  /** The bytes of a backup. */
  stream(options: AbortOptions): AsyncIterable<Uint8Array> {
    checkBackup(null, options)
    return this.#stream(this.#format(), options.signal, () => {})
  }

  #format(): BackupFormat {
    const { settings, replica, snapshots, isClosed } = this.#init
    const { config, backups } = settings
    if (isClosed()) throw closed()
    if (backups === undefined || snapshots === undefined || replica.snapshotter === null || config.witness)
      throw new NoSnapshotsError(
        config.witness
          ? `'${config.id}' is a witness and has no state: back up another member`
          : config.electionOnly
            ? `'${config.id}' has purpose 'election' and replicates nothing, so there is nothing to back up`
            : `'${config.id}' cannot be backed up: its state machine or its log store has no 'snapshots'`,
      )
    return backups
  }

  async *#stream(
    format: BackupFormat,
    signal: AbortSignal | undefined,
    begins: (info: BackupInfo) => void,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const { replica } = this.#init
    // Everything that was acknowledged before is applied here when this is served.
    await new Promise<void>((serve, reject) => replica.read('linearizable', signal, { serve, reject }))
    const { stored, release } = await this.#take()
    try {
      const info = this.#infoOf(stored)
      begins(info)
      yield* format.encode(info, this.#content(stored, signal))
    } finally {
      release()
    }
  }

  #take(): Promise<{ readonly stored: StoredSnapshot; readonly release: () => void }> {
    const { replica } = this.#init
    return new Promise((resolve, reject) =>
      replica.snapshot((failure, stored) => {
        if (failure !== null) return reject(failure)
        // At once: a later snapshot may replace it.
        resolve({ stored: stored!, release: replica.snapshotter!.hold(stored!) })
      }),
    )
  }

  async *#content(
    stored: StoredSnapshot,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const { snapshots, isClosed } = this.#init
    for (let at = 0; at < stored.size; at += blockBytes) {
      if (signal?.aborted === true)
        throw new ReadAbortedError('the backup was aborted by the caller', { cause: signal.reason })
      if (isClosed()) throw closed()
      yield await snapshots!.read(stored, at, Math.min(blockBytes, stored.size - at))
    }
  }

  #infoOf({ meta, size, digest }: StoredSnapshot): BackupInfo {
    const { settings, replica } = this.#init
    const { raft, identities, leaderTime, members } = replica
    const { configuration } = meta
    const { generation } = identities.own
    return {
      cluster: settings.cluster,
      id: settings.config.id,
      index: meta.index,
      entryTerm: meta.term,
      term: raft.term,
      generation: numberOf(generation),
      leaderTime: leaderTime.latest,
      members: [...members.table.members].map(([id, { kind, address }]) => ({
        id,
        address,
        kind: configuration.learners.includes(id) ? 'learner' : kind === 'witness' ? 'witness' : 'voter',
      })),
      machineFormat: settings.machine?.snapshots?.format ?? 0,
      size,
      digest,
    }
  }
}

const numberOf = (generation: Generation | null | undefined): number => generation?.number ?? 0

const closed = (): MemberClosedError =>
  new MemberClosedError('the member is closed: there is no backup', 'not-a-write')
