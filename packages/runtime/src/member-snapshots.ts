// A member's snapshots: the application's machine and store as the runtime uses them, what is logged, and
// `member.snapshot()`.
import type { Index, NodeId, Term } from '@oarlock/core'
import type { ApplyCommand } from './applying/index.ts'
import { machineSection, snapshotFilesOf } from './callbacks/index.ts'
import { InvalidOptionsError } from './errors.ts'
import { logReplay } from './member-replay.ts'
import type { MemberSettings } from './member-settings.ts'
import { ProgressMeter, type SnapshotMeter } from './meters/index.ts'
import type { Clock, EventLogger, LogStore, MemberEvents, OpenedLog, StoredSnapshot } from './ports/index.ts'
import type { SnapshotListener, SnapshotSetting } from './snapshots/index.ts'
import type { TellEvent } from './tell-events.ts'

/** A snapshot of this member. */
export interface SnapshotInfo {
  /** Its last entry. */
  readonly index: Index
  readonly term: Term
  readonly bytes: number
}

export const infoOf = ({ meta, size }: StoredSnapshot): SnapshotInfo => ({
  index: meta.index,
  term: meta.term,
  bytes: size,
})

/** How the snapshots of this member work, or null if it has none. Throws InvalidOptionsError. */
export function snapshotSettingOf<Command, Result, Query, Answer>(
  { config, machine, store: kv, snapshots, logger, clock }: MemberSettings<Command, Result, Query, Answer>,
  opened: OpenedLog,
  store: LogStore,
  meter: SnapshotMeter,
  tell: TellEvent,
): SnapshotSetting | null {
  const { id, witness, electionOnly } = config
  const files = snapshotFilesOf(store)
  const sections = machine?.snapshots === undefined ? [] : [machineSection(machine.snapshots)]
  const hasState = machine === undefined ? kv !== undefined : sections.length > 0
  if (files === null || electionOnly || !(witness || hasState)) {
    const { snapshot } = opened.log
    if (snapshot !== null)
      throw new InvalidOptionsError(
        `machine: the log of '${id}' begins after entry ${snapshot.index} with a snapshot, so the state machine needs 'snapshots' to be restored from it`,
      )
    return null
  }
  return {
    ...snapshots,
    files,
    log: opened.log,
    sections,
    witness,
    listener: snapshotLog({ logger, id, clock, meter, tell }),
  }
}

export function snapshotLog({
  logger,
  id,
  clock,
  meter,
  tell,
}: {
  readonly logger: EventLogger
  readonly id: NodeId
  readonly clock: Clock
  readonly meter: SnapshotMeter
  readonly tell: TellEvent
}): SnapshotListener {
  const happened = (
    what: MemberEvents['oarlock:member:snapshot']['what'],
    of: { readonly index?: Index; readonly bytes?: number; readonly error?: Error } = {},
  ): void => tell('oarlock:member:snapshot', () => ({ what, index: null, bytes: null, error: null, ...of }))
  /** Of the snapshot that is being read, and of the entries after an older one. */
  const reading = new ProgressMeter(clock)
  const replaying = new ProgressMeter(clock)
  let readBefore = 0
  const progressOf = (read: number, bytes: number) => {
    // Another snapshot may be read instead, or the same one once more.
    if (!reading.isUnderWay || read < readBefore) reading.begin(0, bytes)
    readBefore = read
    const progress = reading.look(read)
    return progress && { id, read, bytes, percent: progress.percent, bytesPerSecond: progress.perSecond }
  }
  return {
    checking: (read, bytes) => {
      const progress = progressOf(read, bytes)
      if (progress !== null)
        logger.info(
          { event: 'snapshot-checking', ...progress },
          'the only snapshot is being checked, before the state machine is restored from it',
        )
    },
    restoring: (read, bytes) => {
      const progress = progressOf(read, bytes)
      if (progress !== null)
        logger.info(
          { event: 'snapshot-restoring', ...progress },
          'the state machine is being restored from a snapshot',
        )
    },
    replaying: (from, applied, last) => {
      if (!replaying.isUnderWay) replaying.begin(from, last)
      logReplay({ logger, id, applied, last }, replaying)
    },
    restored: ({ index }) => {
      replaying.end()
      const took = reading.end()
      logger.info(
        { event: 'snapshot-restored', id, index, took },
        'the state machine is restored from a snapshot',
      )
      happened('restored', { index })
    },
    taken: ({ meta: { index }, size: bytes }) => {
      meter.taken++
      meter.newestAt = clock.now()
      logger.info({ event: 'snapshot-taken', id, index, bytes }, 'a snapshot is taken')
      happened('taken', { index, bytes })
    },
    notTaken: (cause) => {
      meter.failed++
      logger.warn(
        { event: 'snapshot-not-taken', id, cause },
        'a snapshot could not be taken, and the log stays',
      )
      happened('failed', { error: cause })
    },
    compacted: ({ index }) => {
      meter.compactions++
      logger.debug({ id, index }, 'the log is compacted')
    },
    received: (from, { meta: { index }, size: bytes }) => {
      meter.received++
      meter.newestAt = clock.now()
      logger.info({ event: 'snapshot-received', id, from, index, bytes }, 'a snapshot is received')
      happened('received', { index, bytes })
    },
    resumed: ({ index }, received) =>
      logger.info({ event: 'snapshot-resumed', id, index, received }, 'a broken transfer goes on'),
    notReceived: ({ index }, cause) => {
      meter.failed++
      logger.warn(
        { event: 'snapshot-not-kept', id, index, cause },
        'a snapshot that was received could not be kept; the leader sends it again',
      )
      happened('failed', { index, error: cause })
    },
    damaged: ({ meta: { index } }, cause) => {
      meter.damaged++
      logger.error(
        { event: 'snapshot-damaged', id, index, cause },
        'a snapshot is damaged, and was removed: check the disk',
      )
      happened('damaged', { index, error: cause })
    },
    requesting: (cause) =>
      logger.warn(
        { event: 'snapshot-requested', id, cause },
        `'${id}' has no state, and asks its peers for a snapshot: ${cause.message}`,
      ),
  }
}

/** A log of so many bytes is worth a warning. */
const longLog = 1e9

/**
 * Warns once when the log of a machine without snapshots has become long: by its own commands and those of the store
 * together.
 */
export function warningOfLongLog({
  logger,
  config: { id },
}: Pick<MemberSettings<never, never>, 'logger' | 'config'>): <Result>(
  apply: ApplyCommand<Result>,
) => ApplyCommand<Result> {
  let bytes = 0
  return (apply) => (command, context) => {
    const before = bytes
    bytes += command.length
    if (before < longLog && bytes >= longLog)
      logger.warn(
        { event: 'log-long', id, bytes },
        `the log of '${id}' has passed 1 GB, and nothing of it can be removed: its state machine offers no snapshots.`,
      )
    return apply(command, context)
  }
}

/** Says once that the member cannot catch up, since the others have cut their logs. */
export function errorOfVainOffer({
  logger,
  config: { id },
}: Pick<MemberSettings<never, never>, 'logger' | 'config'>): (by: NodeId) => void {
  let isSaid = false
  return (by) => {
    if (isSaid) return
    isSaid = true
    logger.error(
      { event: 'cannot-catch-up', id, peer: by },
      `'${id}' cannot catch up: '${by}' has cut its log and offers a snapshot, and the state machine of '${id}' offers none. Start it with the machine of the others.`,
    )
  }
}
