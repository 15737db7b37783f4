// One node of a case: the core and its storage, driven as etcd drives them. A Ready is the result of
// `take()`. In synchronous mode its writes are done and confirmed at once; in asynchronous mode they become
// messages to two threads.
import {
  completeConfig,
  type Entry,
  type Event,
  emptyHardState,
  type Persist,
  Raft,
  type RaftConfig,
  type RaftView,
  type SnapshotMeta,
} from '@oarlock/core'
import type { Ready } from './describe.ts'
import { CaseStorage } from './storage.ts'
import {
  appendThread,
  applyThread,
  storageAppend,
  storageAppendResponse,
  storageApply,
  storageApplyResponse,
  type WireMessage,
  wireMessage,
} from './wire.ts'

/** A message in flight: as it is printed, and as an event for its receiver. */
export interface Flight {
  readonly wire: WireMessage
  readonly event: Event
}

/** Work that waits for a storage thread, and the messages to deliver once it is done. */
export interface Work {
  readonly wire: WireMessage
  readonly perform: () => void
  readonly responses: readonly Flight[]
}

export interface NodeOptions {
  readonly config: Partial<RaftConfig>
  readonly bootstrap: SnapshotMeta | null
  readonly asyncStorageWrites: boolean
}

const noMembers = { voters: [], outgoing: [], learners: [], learnersNext: [], autoLeave: false }

/** Draws the longest election timeout of the range, so that none fires unless a case asks for it. */
const longestTimeout = (): number => 0.99

export class CaseNode {
  readonly id: string
  readonly raft: Raft
  readonly storage: CaseStorage
  readonly appendWork: Work[] = []
  readonly applyWork: Work[] = []
  readonly #async: boolean
  #now = 0
  #shown: Pick<RaftView, 'role' | 'leader'>

  constructor(id: string, { config, bootstrap, asyncStorageWrites }: NodeOptions) {
    this.id = id
    this.#async = asyncStorageWrites
    this.storage = new CaseStorage(bootstrap)
    this.raft = new Raft({
      config: completeConfig({ ...config, id, applyUnstable: !asyncStorageWrites }),
      restored: {
        hardState: { ...emptyHardState, commit: bootstrap?.index ?? emptyHardState.commit },
        configuration: bootstrap?.configuration ?? noMembers,
        applied: bootstrap?.index ?? emptyHardState.commit,
      },
      log: this.storage,
      random: longestTimeout,
      now: this.#now,
    })
    this.#shown = this.raft.inspect()
  }

  step(event: Event): void {
    this.raft.step(event, this.#now)
  }

  tick(): void {
    this.#now++
    this.step({ type: 'tick' })
  }

  /**
   * Takes the effects, and carries out those that are not left to the threads. `sent` are the messages to
   * others.
   */
  handleReady(): { ready: Ready; sent: readonly Flight[] } {
    const { persist, send, apply } = this.raft.take()
    const { role, leader } = this.raft.inspect()
    const soft = role === this.#shown.role && leader === this.#shown.leader ? null : { role, leader }
    this.#shown = { role, leader }

    const flights = send.map((envelope) => this.#flight(envelope))
    const waiting = (persist?.thenSend ?? []).map((envelope) => this.#flight(envelope))
    const parts = {
      soft,
      hardState: persist?.hardState ?? null,
      entries: persist?.entries ?? [],
      snapshot: persist?.snapshot ?? null,
      committed: apply,
      mustSync: persist?.mustSync ?? false,
    }

    if (this.#async) {
      const local: WireMessage[] = []
      if (persist !== null) local.push(...this.#queueAppend(persist, waiting))
      if (apply.length > 0) local.push(this.#queueApply(apply))
      const messages = [...flights.map(({ wire }) => wire), ...local]
      return { ready: { ...parts, messages }, sent: flights }
    }

    const sent = [...flights, ...waiting.filter(({ wire }) => wire.to !== this.id)]
    if (persist !== null) this.#write(persist)
    for (const entry of apply) this.#apply(entry)
    for (const { wire, event } of waiting) if (wire.to === this.id) this.step(event)
    if (persist !== null) this.step({ type: 'persisted', write: persist.write })
    const last = apply.at(-1)
    if (last !== undefined) this.step({ type: 'applied', index: last.index })
    return { ready: { ...parts, messages: sent.map(({ wire }) => wire) }, sent }
  }

  #flight(envelope: Persist['thenSend'][number]): Flight {
    return {
      wire: wireMessage(envelope),
      event: { type: 'receive', from: envelope.from, message: envelope.message },
    }
  }

  #write({ snapshot, entries }: Persist): void {
    if (snapshot !== null) this.storage.restore(snapshot)
    this.storage.append(entries)
  }

  /**
   * A configuration takes effect when its entry is applied: before a later entry is, and before either is
   * confirmed.
   */
  #apply(entry: Entry): void {
    if (entry.type === 'configuration') this.step({ type: 'activate', index: entry.index })
    this.storage.apply(entry, this.raft.inspect().configuration)
  }

  #queueAppend(persist: Persist, waiting: readonly Flight[]): readonly WireMessage[] {
    const confirmed: Event = { type: 'persisted', write: persist.write }
    const reported = persist.write.last !== null || persist.snapshot !== null
    const responses = reported
      ? [...waiting, { wire: storageAppendResponse(this.id, persist), event: confirmed }]
      : waiting
    const wire = storageAppend(this.id, persist, persist.hardState, [])
    const empty = persist.hardState === null && persist.entries.length === 0 && persist.snapshot === null
    if (empty && responses.length === 0) {
      this.step(confirmed)
      return []
    }
    const perform = (): void => {
      this.#write(persist)
      // etcd confirms a write only if it concerns entries or a snapshot; the core expects each to be
      // confirmed.
      if (!reported) this.step(confirmed)
    }
    this.appendWork.push({ wire, perform, responses })
    return [{ ...wire, responses: responses.map((response) => response.wire) }]
  }

  #queueApply(entries: readonly Entry[]): WireMessage {
    const wire = storageApply(this.id, entries)
    const last = entries.at(-1)
    this.applyWork.push({
      wire: { ...wire, responses: [] },
      perform: () => {
        for (const entry of entries) this.#apply(entry)
      },
      responses:
        last === undefined
          ? []
          : [{ wire: storageApplyResponse(this.id, entries), event: { type: 'applied', index: last.index } }],
    })
    return wire
  }
}

/** A message that never leaves its node, so that the network cannot drop it. */
export const isLocal = ({ from, to }: WireMessage): boolean =>
  from === to || [from, to].some((end) => end === appendThread || end === applyThread)
