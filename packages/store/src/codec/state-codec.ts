// The whole store as bytes, for snapshots: in pieces, so that neither side needs all of them at once.
//
//   each piece    its length (4, big-endian) | content …
//   the first     revision | compacted | last lease id | limits | leases: id, ttl, owner …
//   each other    versions: key, value or nothing, revisions, version, lease …   in the order of the keys, oldest first
import { DecodeError } from '@oarlock/runtime'
import { copyOf } from '../model/bytes.ts'
import type { Version } from '../model/key-history.ts'
import { everything } from '../model/sorted-map.ts'
import type { StateHeader, StateView } from '../model/store-state.ts'
import { ByteSink } from './byte-sink.ts'
import { ByteSource } from './byte-source.ts'
import { readLimits, writeLimits } from './limits-codec.ts'

/** The version of these bytes. */
export const stateFormat = 1
/** The content of a piece, unless one version takes more. */
const pieceBytes = 64 * 1024
/** No piece is longer: a key and a value, with their numbers. */
const longestPiece = 2 ** 30

export function* encodeState({ keys, leases, lastLease, limits }: StateView): Generator<Uint8Array> {
  const sink = new ByteSink()
  sink.uint(keys.revision)
  sink.uint(keys.compacted)
  sink.uint(lastLease)
  writeLimits(sink, limits)
  sink.list(leases, ({ id, ttl, owner }) => {
    sink.uint(id)
    sink.uint(ttl)
    sink.uint(owner)
  })
  yield piece(sink)
  for (const [, history] of keys.keys.entries(everything))
    for (const version of history) {
      writeVersion(sink, version)
      if (sink.length >= pieceBytes) yield piece(sink)
    }
  if (sink.length > 0) yield piece(sink)
}

function piece(sink: ByteSink): Uint8Array {
  const content = sink.take()
  const bytes = new Uint8Array(4 + content.length)
  new DataView(bytes.buffer).setUint32(0, content.length)
  bytes.set(content, 4)
  return bytes
}

/** Takes the bytes in chunks of any length. */
export class StateDecoder {
  #header: StateHeader | null = null
  #rest: Uint8Array = new Uint8Array(0)

  /** The versions that these bytes complete. Throws DecodeError. */
  push(chunk: Uint8Array): Version[] {
    const versions: Version[] = []
    let bytes = this.#rest.length === 0 ? chunk : joined(this.#rest, chunk)
    for (;;) {
      const length = bytes.length < 4 ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
      if (length > longestPiece) throw new DecodeError(`a piece of ${length} bytes is announced`)
      if (bytes.length < 4 + length || bytes.length < 4) break
      this.#take(new ByteSource(bytes.subarray(4, 4 + length)), versions)
      bytes = bytes.subarray(4 + length)
    }
    this.#rest = copyOf(bytes)
    return versions
  }

  /** After the last chunk. Throws DecodeError. */
  end(): StateHeader {
    if (this.#header === null || this.#rest.length > 0) throw new DecodeError('the state is cut short')
    return this.#header
  }

  #take(source: ByteSource, versions: Version[]): void {
    if (this.#header === null) {
      this.#header = readHeader(source)
      return source.end()
    }
    while (source.remaining > 0) versions.push(readVersion(source))
  }
}

function readHeader(source: ByteSource): StateHeader {
  return {
    revision: source.uint(),
    compacted: source.uint(),
    lastLease: source.uint(),
    limits: readLimits(source),
    leases: source.list(() => ({ id: source.uint(), ttl: source.uint(), owner: source.uint() })),
  }
}

function writeVersion(sink: ByteSink, version: Version): void {
  sink.bytes(version.key)
  sink.optional(version.value, (value) => sink.bytes(value))
  for (const number of [
    version.createRevision,
    version.modRevision,
    version.order,
    version.version,
    version.lease,
  ])
    sink.uint(number)
}

function readVersion(source: ByteSource): Version {
  const key = source.bytes()
  const value = source.optional(() => source.bytes())
  const [createRevision, modRevision, order] = [source.uint(), source.uint(), source.uint()]
  return { key, value, createRevision, modRevision, order, version: source.uint(), lease: source.uint() }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const all = new Uint8Array(a.length + b.length)
  all.set(a)
  all.set(b, a.length)
  return all
}
