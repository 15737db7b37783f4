// What the clients of the store are told, against the store that the committed log makes. Each change has a revision, so
// their order is known, and every answer can be looked up:
//
// * All members answer a command alike, in the order of the log, and apply it if its session says so.
// * A request that begins after another one has ended comes after it in the order of revisions (linearizability).
// * What is read at a revision is what the store had then.
// * A watch has all changes of its range, each once, in order.
import type { Index } from '@oarlock/core'
import { type Consistency, storeSessionCommand } from '@oarlock/runtime'
import {
  type Answer,
  type Change,
  decodeAnswer,
  decodeRequest,
  encodeAnswer,
  encodeState,
  type KeyRange,
  type RangeRequest,
  type RangeResult,
  ReplicatedStore,
  type Taken,
} from '@oarlock/store'
import { placeInSession, sameBytes } from '../machine/index.ts'
import type { SimNode } from '../member/index.ts'
import type { CommittedLog } from '../model/index.ts'
import { Violation, type World } from '../world/index.ts'

interface Changed {
  readonly client: string
  readonly session: number
  readonly number: number
  readonly change: Change
  readonly called: number
  readonly bytes: Uint8Array
}

interface Read {
  readonly client: string
  readonly request: RangeRequest
  readonly answer: Answer<RangeResult>
  readonly consistency: Consistency
  readonly called: number
}

interface Watched {
  readonly client: string
  readonly range: KeyRange
  readonly from: number
  readonly to: number
  readonly taken: Taken
}

export class StoreHistory {
  /** How much there was, for the census. */
  readonly counts = { changes: 0, reads: 0, batches: 0, leasesEnded: 0, compactedWatches: 0 }
  /** Called when the leader has ended leases, with those that were there, when it takes effect for the first time. */
  onEnded: (ids: readonly number[]) => void = () => {}
  readonly #world: World
  readonly #committed: CommittedLog
  readonly #model: ReplicatedStore = new ReplicatedStore()
  /** By the index of the command. */
  readonly #answers: Map<number, Uint8Array> = new Map()
  /** By session and number. */
  readonly #ofSessions: Map<string, Uint8Array> = new Map()
  #last = 0
  /** The greatest revision that anybody was told. */
  #seen = 1

  constructor(world: World, committed: CommittedLog) {
    this.#world = world
    this.#committed = committed
  }

  /** What a request that begins now must see. */
  called(): number {
    return this.#seen
  }

  storeApplied({ id }: SimNode, index: Index, command: Uint8Array, answer: Uint8Array): void {
    const entry = this.#committed.entries[index - 1]
    if (entry === undefined) throw new Violation('STORE', `${id} applies ${index}, which is not committed`)
    if (this.#committed.storeVerdictAt(index) !== 'effect')
      throw new Violation('ONCE', `${id} applies the store's command at ${index}, which takes no effect`)
    if (index > this.#last) {
      this.#last = index
      const expected = this.#model.apply(command, entry)
      this.#answers.set(index, expected)
      if (entry.data[0] === storeSessionCommand) {
        const { session, number } = placeInSession(entry)
        this.#ofSessions.set(`${session} ${number}`, expected)
      }
      this.#leasesEnded(command, expected)
    }
    const expected = this.#answers.get(index)
    if (expected === undefined) throw new Violation('ONCE', `${id} applies ${index}, and the others did not`)
    if (!sameBytes(answer, expected))
      throw new Violation(
        'STORE',
        `${id} answers the command at ${index} with ${told(answer)}, and others with ${told(expected)}`,
      )
  }

  #leasesEnded(command: Uint8Array, answer: Uint8Array): void {
    const request = decodeRequest(command)
    if (request.type !== 'revoke' || request.term === undefined) return
    const decoded = decodeAnswer(answer)
    if ('failure' in decoded || decoded.result.type !== 'revoke') return
    this.counts.leasesEnded += decoded.result.ids.length
    this.onEnded(decoded.result.ids)
  }

  changed({ client, session, number, change, called, bytes }: Changed): void {
    this.#check(() => {
      const expected = this.#ofSessions.get(`${session} ${number}`)
      const what = `the ${change.type} of ${client}`
      if (expected === undefined) throw new Violation('STORE', `${what} is answered, and is not in the log`)
      if (!sameBytes(bytes, expected))
        throw new Violation('STORE', `${what} is answered with ${told(bytes)} instead of ${told(expected)}`)
      this.counts.changes++
      const answer = decodeAnswer(bytes)
      if (!('failure' in answer)) this.#saw(what, answer.revision, called)
    })
  }

  read({ client, request, answer, consistency, called }: Read): void {
    this.#check(() => {
      if ('failure' in answer) throw new Violation('STORE', `a read of ${client} is refused`)
      this.counts.reads++
      const { revision } = answer
      const what = `a read of ${client}, ${typeof consistency === 'string' ? consistency : 'at least'},`
      const { keys } = this.#model.state
      if (revision >= keys.compacted && revision <= keys.revision) {
        const expected = this.#model.state.range({ ...request, revision })
        const then = 'failure' in expected ? expected : { ...expected, revision }
        if (!sameBytes(encodeAnswer(answer), encodeAnswer(then)))
          throw new Violation('STORE', `${what} at ${revision} has other items than the store had`)
      }
      if (consistency !== 'local') this.#saw(what, revision, called)
    })
  }

  #saw(what: string, revision: number, called: number): void {
    if (revision < called)
      throw new Violation('READ', `${what} is at revision ${revision}, and began after ${called} was seen`)
    this.#seen = Math.max(this.#seen, revision)
  }

  watched({ client, range, from, to, taken }: Watched): void {
    this.#check(() => {
      const { keys } = this.#model.state
      if (taken !== null && 'failure' in taken) return void this.counts.compactedWatches++
      this.counts.batches += taken?.length ?? 0
      // What was compacted away cannot be looked up.
      if (from <= keys.compacted || to > keys.revision) return
      const model = this.#model.watches.open({ range, from }, () => {})
      const expected: string[] = []
      for (let next = model.take(1); next !== null && !('failure' in next); next = model.take(1))
        for (const batch of next) if (batch.revision <= to) expected.push(JSON.stringify(batch))
      model.close()
      const got = (taken ?? []).map((batch) => JSON.stringify(batch))
      if (got.join() !== expected.join())
        throw new Violation(
          'WATCH',
          `a watch of ${client} from ${from} to ${to} has ${got.length} batches, and ${expected.length} are there`,
        )
    })
  }

  /** Whether the store of a node is the committed one. */
  checkEqual({ id, store }: SimNode): void {
    if (store === null) return
    const [own, model] = [store.state, this.#model.state].map((state) => [...encodeState(state.view())])
    if (own!.length !== model!.length || !own!.every((piece, at) => sameBytes(piece, model![at]!)))
      throw new Violation('STORE', `the store of ${id} is another one than the committed one`)
  }

  /** The runtime must not hide a violation that is thrown into it. */
  #check(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#world.failure ??= { error }
      throw error
    }
  }
}

const told = (answer: Uint8Array): string =>
  JSON.stringify(decodeAnswer(answer), (_, value) =>
    value instanceof Uint8Array ? [...value].join(' ') : value,
  )
