// The clients of the replicated store. Each is a part of its member's process: it has a session, the leases of that
// process, and watches, and ends with the process. What it is told is checked against the committed store, and where
// its requests stand in the order of all (store-history.ts).
import type { Millis } from '@oarlock/core'
import {
  type Consistency,
  OarlockError,
  type Replica,
  type ReplicaSession,
  SessionExpiredError,
  storeSessionCommand,
} from '@oarlock/runtime'
import {
  type Change,
  type ChangeResult,
  type Compare,
  decodeAnswer,
  encodeRequest,
  type Failure,
  type HeldLease,
  type KeyRange,
  LeaseHolder,
  type Operation,
  type RangeRequest,
  StoreRefusedError,
  type StoreSettings,
  type Watch,
} from '@oarlock/store'
import type { SimNode } from '../member/index.ts'
import { type Agenda, Call, type Random, type World } from '../world/index.ts'
import { Contenders } from './contenders.ts'
import type { StoreHistory } from './store-history.ts'

export interface StoreProfile {
  /** The mean time between two requests, in ms. Infinity: nobody uses the store. */
  readonly gap: number
  /** Of leases, in ms. */
  readonly ttl: Millis
  /** Of sessions, in ms of leader time. */
  readonly timeout: Millis
  /** The share of requests that read. */
  readonly reads: number
  /** The mean time until somebody enters or leaves the queue for what only one may have, in ms. Infinity: nobody does. */
  readonly contestGap: Millis
  /** Of the members in turn. That of the leader counts. At least one. */
  readonly settings: readonly StoreSettings[]
}

/** The most requests of one client without an outcome, and its leases and watches. */
const MOST_OPEN = 5
const MOST_LEASES = 3
const MOST_WATCHES = 2

const NAMES = ['a', 'a/1', 'a/2', 'b']
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
const keys = NAMES.map(bytesOf)
const everything: KeyRange = { from: new Uint8Array(0), before: null }
const underA: KeyRange = { from: bytesOf('a'), before: bytesOf('b') }
const only = (key: Uint8Array): KeyRange => ({ from: key, before: Uint8Array.of(...key, 0) })

/** One process, from its start to its end. */
interface Process {
  readonly life: number
  readonly holder: LeaseHolder
  session: ReplicaSession | null
  isOpening: boolean
  /** The commands of its session so far. */
  commands: number
  open: number
  leases: HeldLease[]
  watches: { readonly watch: Watch; readonly range: KeyRange; next: number }[]
}

export class StoreClients {
  /** Requests that had an outcome, for the result of a run. */
  answered = 0
  readonly contenders: Contenders
  readonly #world: World
  readonly #random: Random
  /** For contenders, so that others do the same with and without these. */
  readonly #dice: Random
  readonly #profile: StoreProfile
  readonly #nodes: readonly SimNode[]
  readonly #agenda: Agenda
  readonly #history: StoreHistory
  /** By the place of the node. */
  readonly #processes: Map<number, Process> = new Map()
  #owners = 0
  #open = true

  constructor(
    world: World,
    random: Random,
    profile: StoreProfile,
    nodes: readonly SimNode[],
    agenda: Agenda,
    history: StoreHistory,
  ) {
    this.#world = world
    this.#random = random
    this.#profile = profile
    this.#nodes = nodes
    this.#agenda = agenda
    this.#history = history
    this.#dice = random.split('contenders')
    this.contenders = new Contenders({
      random: this.#dice,
      nodes,
      ttl: profile.ttl,
      change: (node, change, answered, failed) => this.#changeOrFail(node, change, answered, failed),
    })
  }

  /** Asks at random times until {@link stop}. */
  start(): void {
    const { gap, contestGap } = this.#profile
    this.#every(gap, this.#random, (node) => this.#act(node))
    this.#every(contestGap, this.#dice, (node) => this.#contend(node))
  }

  #every(gap: Millis, random: Random, act: (node: SimNode) => void): void {
    if (gap === Number.POSITIVE_INFINITY) return
    const next = (): void => {
      if (!this.#open) return
      const node = random.pick(this.#nodes)
      if (this.#agenda.next('write') !== null && node.up && node.store !== null) act(node)
      this.#world.schedule(new Call(next), this.#world.now + random.exponential(gap))
    }
    this.#world.schedule(new Call(next), this.#world.now + random.exponential(gap))
  }

  #contend(node: SimNode): void {
    const process = this.#processOf(node)
    if (process.open >= MOST_OPEN) return
    if (process.session === null) this.#openSession(node, process)
    else this.contenders.act(node, process.holder)
  }

  /** From now on nobody asks, and no lease is renewed. */
  stop(): void {
    this.#open = false
    for (const node of this.#nodes) if (node.up) this.#processes.get(node.place)?.holder.close()
  }

  /** The lease of this id, as a process that runs holds it. */
  *holdersOf(id: number): Generator<{ readonly node: SimNode; readonly lease: HeldLease }> {
    for (const node of this.#nodes) {
      const process = this.#processes.get(node.place)
      if (!node.up || process?.life !== node.life) continue
      for (const lease of process.leases) if (lease.id === id) yield { node, lease }
    }
  }

  #processOf(node: SimNode): Process {
    const found = this.#processes.get(node.place)
    if (found?.life === node.life) return found
    const process: Process = {
      life: node.life,
      holder: this.#newHolder(node),
      session: null,
      isOpening: false,
      commands: 0,
      open: 0,
      leases: [],
      watches: [],
    }
    this.#processes.set(node.place, process)
    return process
  }

  #newHolder(node: SimNode): LeaseHolder {
    return new LeaseHolder({
      clock: node.loop,
      newController: () => new AbortController(),
      owner: ++this.#owners,
      requests: {
        grant: (ttl, owner, _signal, { resolve, reject }) =>
          this.#change(node, { type: 'grant', id: 0, ttl: Math.ceil(ttl), owner }, (answer) => {
            if (answer instanceof OarlockError) reject(answer)
            else resolve((answer as { readonly id: number }).id)
          }),
        revoke: (ids, _signal, { resolve, reject }) =>
          this.#change(node, { type: 'revoke', ids }, (answer) => {
            if (answer instanceof OarlockError) reject(answer)
            else resolve()
          }),
        renew: (owner, answer) => node.leases?.renew(owner, answer) ?? answer(null),
        remaining: (owner, answer) =>
          node.replica.read('linearizable', undefined, {
            serve: () => answer([...node.store!.state.leases.of(owner)]),
            reject: () => answer(null),
          }),
      },
    })
  }

  #act(node: SimNode): void {
    const process = this.#processOf(node)
    const dice = this.#random
    if (process.open >= MOST_OPEN) return
    if (dice.chance(this.#profile.reads)) return this.#read(node)
    if (dice.chance(0.15)) return this.#follow(node, process)
    if (process.session === null) return this.#openSession(node, process)
    process.leases = process.leases.filter(({ held }) => held)
    if (dice.chance(0.3)) return this.#changeLeases(node, process)
    node.request(
      () => {},
      () => this.#change(node, this.#drawChange(process), () => {}),
    )
  }

  #openSession(node: SimNode, process: Process): void {
    if (process.isOpening) return
    process.isOpening = true
    const opened = (session: ReplicaSession | null): void => {
      process.isOpening = false
      process.session = session
      process.commands = 0
    }
    const { timeout } = this.#profile
    node.request(
      () => {},
      (replica) => replica.openSession(timeout, undefined, { resolve: opened, reject: () => opened(null) }),
    )
  }

  #changeLeases(node: SimNode, process: Process): void {
    const dice = this.#random
    const { leases } = process
    const revoked = leases.length >= MOST_LEASES && dice.chance(0.3) ? dice.pick(leases) : null
    if (revoked === null && leases.length >= MOST_LEASES) return
    const ttl = this.#profile.ttl * dice.between(0.5, 2)
    node.request(
      () => {},
      () => {
        if (revoked !== null) return revoked.revoke(undefined, { resolve() {}, reject() {} })
        process.holder.grant(ttl, undefined, {
          resolve: (lease) => void process.leases.push(lease),
          reject() {},
        })
      },
    )
  }

  #changeOrFail(
    node: SimNode,
    change: Change,
    answered: (result: ChangeResult) => void,
    failed: (error: OarlockError) => void,
  ): void {
    if (this.#processOf(node).session === null && node.up)
      return failed(new SessionExpiredError('there is no session yet', 'not-applied'))
    this.#change(
      node,
      change,
      (answer) => (answer instanceof OarlockError ? failed(answer) : answered(answer as ChangeResult)),
      (failure) => failed(new StoreRefusedError(failure, 'not-applied')),
    )
  }

  /** In a turn of the node. Answers with the result, or the error. */
  #change(
    node: SimNode,
    change: Change,
    answered: (answer: object) => void,
    refused: (failure: Failure) => void = () => {},
  ): void {
    const process = this.#processOf(node)
    const { session } = process
    if (session === null || !node.up) return
    const called = this.#history.called()
    const number = ++process.commands
    process.open++
    session.propose(
      encodeRequest(change),
      undefined,
      {
        resolve: (bytes) => {
          process.open--
          this.answered++
          this.#history.changed({
            client: node.id,
            session: session.id,
            number,
            change,
            called,
            bytes: bytes!,
          })
          const answer = decodeAnswer(bytes!)
          if ('failure' in answer) refused(answer.failure)
          else answered(answer.result)
        },
        reject: (error) => {
          process.open--
          if (error instanceof SessionExpiredError && process.session === session) process.session = null
          answered(error)
        },
      },
      storeSessionCommand,
    )
  }

  #drawChange({ leases }: Process): Change {
    const dice = this.#random
    const revision = this.#history.called()
    if (dice.chance(0.05)) return { type: 'compact', revision: Math.max(1, revision - dice.int(15)) }
    if (dice.chance(0.3))
      return {
        type: 'transaction',
        when: [this.#drawCompare(revision)],
        success: [this.#drawOperation(leases)],
        failure: dice.chance(0.5) ? [this.#drawOperation(leases)] : [],
      }
    return this.#drawOperation(leases) as Change
  }

  #drawOperation(leases: readonly HeldLease[]): Exclude<Operation, RangeRequest> {
    const dice = this.#random
    const key = dice.pick(keys)
    if (dice.chance(0.2))
      return { type: 'delete', range: dice.chance(0.7) ? only(key) : underA, returnPrevious: true }
    return {
      type: 'put',
      key,
      value: bytesOf(String(dice.int(1000))),
      lease: leases.length > 0 && dice.chance(0.4) ? dice.pick(leases).id : 0,
      returnPrevious: dice.chance(0.5),
    }
  }

  #drawCompare(revision: number): Compare {
    const dice = this.#random
    const range = only(dice.pick(keys))
    return dice.chance(0.5)
      ? { range, operator: '=', target: 'version', number: dice.int(2) }
      : { range, operator: '<', target: 'mod', number: Math.max(0, revision - dice.int(4)) }
  }

  #read(node: SimNode): void {
    const dice = this.#random
    const consistency: Consistency = dice.pick(['linearizable', 'linearizable', 'lease', 'local'])
    const request: RangeRequest = {
      type: 'range',
      range: dice.pick([only(dice.pick(keys)), underA, everything]),
    }
    const called = this.#history.called()
    node.request(
      () => {},
      (replica: Replica<unknown>) =>
        replica.read(consistency, undefined, {
          serve: () => {
            this.answered++
            const answer = node.store!.state.range(request)
            this.#history.read({ client: node.id, request, answer, consistency, called })
          },
          reject() {},
        }),
    )
  }

  /** Opens a watch, takes what has changed, or closes one. */
  #follow(node: SimNode, process: Process): void {
    const dice = this.#random
    const { watches } = process
    node.request(
      () => {},
      () => {
        const { store } = node
        if (store === null) return
        if (watches.length < MOST_WATCHES && dice.chance(0.3)) {
          const range = dice.pick([only(dice.pick(keys)), underA, everything])
          const from = Math.max(1, store.state.keys.revision + 1 - dice.int(6))
          watches.push({ watch: store.watches.open({ range, from }, () => {}), range, next: from })
          return
        }
        const at = dice.int(Math.max(1, watches.length))
        const followed = watches[at]
        if (followed === undefined) return
        const { watch, range, next } = followed
        const taken = watch.take(1 + dice.int(5))
        this.#history.watched({ client: node.id, range, from: next, to: watch.seen, taken })
        followed.next = watch.seen + 1
        if ((taken !== null && 'failure' in taken) || dice.chance(0.1)) {
          watch.close()
          watches.splice(at, 1)
        }
      },
    )
  }
}
