// The runtime's snapshots on a simulated disk: its files, and the machine as their section. What ends comes as
// input of the process that began it.
import type { SnapshotMeta } from '@oarlock/core'
import type { ByteSource, Done, Got, SnapshotFile, SnapshotFiles, SnapshotSection } from '@oarlock/runtime'
import type { MachineState, StateBytes } from '../machine/index.ts'
import { Completed } from './arrival.ts'
import type { Host } from './host.ts'
import { DiskFailure } from './log-port.ts'

/** The machine hands out its bytes in pieces of this size. */
const pieceBytes = 300

/** Each life of a member has its own. */
export class SnapshotPort implements SnapshotFiles {
  readonly #node: Host
  readonly #life: number

  constructor(node: Host) {
    this.#node = node
    this.#life = node.life
  }

  get stored(): SnapshotFiles['stored'] {
    return this.#node.disk.snapshots.stored
  }

  get partial(): SnapshotFiles['partial'] {
    return this.#node.disk.snapshots.partial
  }

  /** The callback, in a later turn of this process. */
  #told<Args extends readonly unknown[]>(callback: (...args: Args) => void): (...args: Args) => void {
    return (...args) => {
      if (this.#node.life === this.#life) this.#node.arrive(new Completed(() => callback(...args)))
    }
  }

  create(meta: SnapshotMeta, got: Got<SnapshotFile>): void {
    this.#node.disk.snapshots.create(
      meta,
      this.#told((failure, file) =>
        got(
          failure,
          file === null
            ? null
            : {
                append: (bytes, done) => file.append(bytes, this.#told(done)),
                commit: (committed) => file.commit(this.#told(committed)),
                abort: () => file.abort(),
              },
        ),
      ),
    )
  }

  read(...[snapshot, offset, length, got]: Parameters<SnapshotFiles['read']>): void {
    this.#node.disk.snapshots.read(snapshot, offset, length, this.#told(got))
  }

  remove(...[snapshot, done]: Parameters<SnapshotFiles['remove']>): void {
    this.#node.disk.snapshots.remove(snapshot, this.#told(done))
  }

  startPartial(...[offer, done]: Parameters<SnapshotFiles['startPartial']>): void {
    this.#node.disk.snapshots.startPartial(offer, this.#told(done))
  }

  appendPartial(...[offset, bytes, done]: Parameters<SnapshotFiles['appendPartial']>): void {
    this.#node.disk.snapshots.appendPartial(offset, bytes, this.#told(done))
  }

  commitPartial(...[got]: Parameters<SnapshotFiles['commitPartial']>): void {
    this.#node.disk.snapshots.commitPartial(this.#told(got))
  }

  discardPartial(done: Done): void {
    this.#node.disk.snapshots.discardPartial(this.#told(done))
  }

  compact(to: SnapshotMeta, done: Done): void {
    const told = this.#told(done)
    this.#node.disk.compact(to, (failed) => told(failed === null ? null : new DiskFailure(failed)))
  }
}

/** `restored`: this state replaces the machine's. */
export function machineSection(
  { machine }: Host,
  bytes: StateBytes,
  restored: (index: SnapshotMeta['index'], state: MachineState) => void,
): SnapshotSection {
  return {
    name: 'machine',
    format: 1,
    take: () => piecesOf(bytes.encode(machine.index, machine.state)),
    restore: (source, _format, done) =>
      all(source, [], (failure, whole) => {
        if (failure !== null) return done(failure)
        const { index, state } = bytes.decode(whole!)
        restored(index, state)
        done(null)
      }),
    reset: () => {
      throw new Error('every snapshot of the simulator has a machine')
    },
  }
}

function piecesOf(bytes: Uint8Array): ByteSource {
  let at = 0
  return {
    next: (got) => {
      const piece = bytes.subarray(at, at + pieceBytes)
      at += piece.length
      got(null, piece.length === 0 ? null : piece)
    },
    cancel: () => {},
  }
}

function all(source: ByteSource, parts: readonly Uint8Array[], got: Got<Uint8Array>): void {
  source.next((failure, bytes) => {
    if (failure !== null) return got(failure, null)
    if (bytes !== null) return all(source, [...parts, bytes], got)
    const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
    let at = 0
    for (const part of parts) {
      whole.set(part, at)
      at += part.length
    }
    got(null, whole)
  })
}
