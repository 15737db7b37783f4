// One member: a small runtime around one core. It does what effect.ts demands and no more: make a write durable, then
// send what it unlocks, then confirm it; one write at a time, and whatever gathers meanwhile goes into the next one.
import {
  type Configuration,
  type Effects,
  type Entry,
  type Envelope,
  type Event,
  type Index,
  index,
  type NodeId,
  type Persist,
  Raft,
  type RaftConfig,
  type Rules,
} from '@oarlock/core'
import { Applied, type Arrival, Timer, TornWrite, Turn, Written } from './arrival.ts'
import type { NodeClock } from './clock.ts'
import { describeEvent, describePersist, eventCode } from './describe.ts'
import type { Disk } from './disk.ts'
import type { Delivery, Network, Receiver } from './network.ts'
import type { Observer } from './observer.ts'
import type { Random } from './random.ts'
import { Violation } from './violation.ts'
import type { World } from './world.ts'

export interface NodeProfile {
  /** Events gather this long (ms) before they are stepped together; 0: each is a turn of its own. */
  readonly turnLength: number
  /** How long the state machine takes over a batch, in ms; 0: no time. */
  readonly applyTime: number
  /** How late a timer fires, in ms, on the average. */
  readonly timerLag: number
  /** Whether a node that comes back from a stall believes its timer before it looks at its sockets. */
  readonly tickFirst: boolean
}

/** Where a crash strikes: now, before the next write starts, in the middle of it, or after it and before its messages leave. */
export type CrashPoint = 'now' | 'beforeWrite' | 'duringWrite' | 'afterWrite'

export interface SimNodeInit {
  readonly place: number
  readonly config: RaftConfig
  readonly configuration: Configuration
  readonly rules: Rules
  readonly world: World
  readonly clock: NodeClock
  readonly disk: Disk
  readonly random: Random
  readonly profile: NodeProfile
  readonly observer: Observer
}

export class SimNode implements Receiver {
  /** Its number in the cluster, from 0. */
  readonly place: number
  readonly id: NodeId
  readonly clock: NodeClock
  readonly disk: Disk
  raft!: Raft
  up = false
  /** Stopped, as by SIGSTOP: its clock and its disk go on, it does not. */
  paused = false
  /** Counts starts. */
  incarnation = 0
  /** The log in the core's memory, durable or not, rebuilt from what the core hands out: `log[i]` has index i + 1. */
  log: Entry[] = []
  /** How far its state machine is. */
  machine: Index = index(0)
  network!: Network

  readonly #init: SimNodeInit
  readonly #world: World
  readonly #observer: Observer
  #inbox: Arrival[] = []
  #turnDue = false
  #tickDue = false
  #queue: Persist[] = []
  #writing = false
  #crashPoint: CrashPoint = 'now'
  #timerAt = Number.POSITIVE_INFINITY
  #timerGeneration = 0
  #applyFreeAt = 0

  constructor(init: SimNodeInit) {
    this.#init = init
    this.place = init.place
    this.id = init.config.id
    this.clock = init.clock
    this.disk = init.disk
    this.#world = init.world
    this.#observer = init.observer
    this.disk.onWritten = (batch) => this.arrive(new Written(batch))
    this.disk.onDurable = (from) => this.#observer.durable(this, from)
  }

  /** Starts from what the disk holds and nothing else. */
  start(): void {
    const { config, configuration, rules, random } = this.#init
    this.incarnation++
    this.up = true
    this.paused = false
    this.log = [...this.disk.durableLog]
    this.machine = index(0)
    const dice = random.split(`incarnation ${this.incarnation}`)
    this.raft = new Raft({
      config,
      restored: { hardState: this.disk.hardState, configuration, applied: index(0) },
      log: this.disk.log,
      random: () => dice.next(),
      rules,
      now: this.clock.at(this.#world.now),
    })
    if (this.#world.trace !== null)
      this.#world.log(`${this.id} starts: term ${this.raft.term}, ${this.log.length} entries on disk`)
    this.#observer.started(this)
    this.#settle()
  }

  /** Crashes here, or at the next boundary of a write that `point` names. */
  crash(point: CrashPoint = 'now'): void {
    if (!this.up) return
    if (point !== 'now') {
      this.#crashPoint = point
      return
    }
    this.up = false
    this.paused = false
    this.incarnation++
    this.#inbox = []
    this.#queue = []
    this.#turnDue = false
    this.#tickDue = false
    this.#writing = false
    this.#crashPoint = 'now'
    this.#timerAt = Number.POSITIVE_INFINITY
    this.#timerGeneration++
    this.#applyFreeAt = 0
    this.disk.crash()
    if (this.#world.trace !== null)
      this.#world.log(`${this.id} crashes; ${this.disk.durableLog.length} entries survive`)
    this.#observer.crashed(this)
  }

  /** The middle of the write that a crash was to strike. */
  tear(): void {
    if (this.#crashPoint === 'duringWrite') this.crash()
  }

  /** Takes back a crash that waits for a write. */
  disarm(): void {
    this.#crashPoint = 'now'
  }

  pause(): void {
    this.paused = true
  }

  resume(): void {
    if (!this.paused) return
    this.paused = false
    if (this.up && (this.#inbox.length > 0 || this.#tickDue)) this.turn()
  }

  /** From now on its clock runs at another rate. */
  drift(rate: number): void {
    this.clock.drift(rate, this.#world.now)
    this.#timerAt = Number.POSITIVE_INFINITY
    this.#timerGeneration++
    if (this.up) this.#setTimer()
  }

  deliver(delivery: Delivery): void {
    if (this.up) this.arrive(delivery)
  }

  /** Something for the core: stepped in this node's next turn. */
  arrive(arrival: Arrival): void {
    if (!this.up) return
    this.#inbox.push(arrival)
    this.#wake()
  }

  timerFired(generation: number): void {
    if (generation !== this.#timerGeneration) return
    this.#timerAt = Number.POSITIVE_INFINITY
    this.#tickDue = true
    this.#wake()
  }

  #wake(): void {
    if (this.paused || this.#turnDue) return
    const { turnLength } = this.#init.profile
    if (turnLength === 0) return this.turn()
    this.#turnDue = true
    this.#world.schedule(new Turn(this), this.#world.now + turnLength)
  }

  /** One turn of its event loop: everything that arrived is stepped, then the effects are taken once. */
  turn(): void {
    this.#turnDue = false
    if (this.paused) return
    if (this.#tickDue && this.#init.profile.tickFirst) this.#tick()
    for (let at = 0; at < this.#inbox.length && this.up; at++) this.#inbox[at]!.enter(this)
    if (!this.up) return
    this.#inbox.length = 0
    if (this.#tickDue) this.#tick()
    this.#settle()
  }

  #tick(): void {
    this.#tickDue = false
    // The clock may have been slowed, or the deadline moved, since the timer was set.
    if (this.clock.at(this.#world.now) >= this.raft.nextDeadline()) this.step({ type: 'tick' })
  }

  /** Hands one event to the core. */
  step(event: Event): void {
    const { fingerprint, trace } = this.#world
    if (trace !== null) {
      const line = describeEvent(this.id, event)
      if (line !== null) this.#world.log(line)
    }
    const { raft } = this
    try {
      raft.step(event, this.clock.at(this.#world.now))
    } catch (error) {
      throw new Violation('ASSERT', `${this.id} stopped: ${error instanceof Error ? error.message : error}`, {
        cause: error,
      })
    }
    fingerprint.addNumber(this.#world.now)
    fingerprint.add((this.place << 8) | eventCode(event))
    fingerprint.add(raft.term)
    fingerprint.add((raft.commit << 8) ^ raft.applied)
    this.#observer.stepped(this)
  }

  /** A message from a peer. */
  receive(envelope: Envelope): void {
    this.step({ type: 'receive', from: envelope.from, message: envelope.message })
  }

  /** The durability law: the batch is durable; send what it unlocks, then confirm it, write by write. */
  written(batch: readonly Persist[]): void {
    if (this.#crashPoint === 'afterWrite') return this.crash()
    for (const record of batch) {
      for (const envelope of record.thenSend) this.#send(envelope)
      this.step({ type: 'persisted', write: record.write })
    }
    this.#writing = false
  }

  applied(entries: readonly Entry[]): void {
    for (const entry of entries) {
      this.machine = entry.index
      this.#observer.applied(this, entry)
    }
    this.step({ type: 'applied', index: this.machine })
  }

  /** Takes what the core has to hand out until there is no more, and starts the next write. */
  #settle(): void {
    while (this.raft.hasEffects) {
      const effects = this.#take()
      if (effects.persist !== null) this.#queue.push(effects.persist)
      for (const envelope of effects.send) this.#send(envelope)
      for (const outcome of effects.proposals) this.#observer.answered(this, outcome)
      if (effects.apply.length > 0) this.#apply(effects.apply)
    }
    if (!this.#writing && this.#queue.length > 0) this.#startWrite()
    if (this.up) this.#setTimer()
  }

  #take(): Effects {
    let effects: Effects
    try {
      effects = this.raft.take()
    } catch (error) {
      throw new Violation('ASSERT', `${this.id} stopped: ${error instanceof Error ? error.message : error}`, {
        cause: error,
      })
    }
    const { persist, role } = effects
    const first = persist?.entries[0]
    if (persist !== null && first !== undefined) {
      this.log.length = Math.min(this.log.length, first.index - 1)
      for (const entry of persist.entries) this.log.push(entry)
    }
    if (this.#world.trace !== null) {
      if (role !== null)
        this.#world.log(`${this.id} is ${role.role} of term ${role.term}, leader ${role.leader ?? 'unknown'}`)
      const line = persist === null ? null : describePersist(this.id, persist)
      if (line !== null) this.#world.log(line)
    }
    this.#observer.taken(this, effects)
    return effects
  }

  #send(envelope: Envelope): void {
    this.#observer.leaving(this, envelope)
    if (envelope.to === this.id) this.receive(envelope)
    else this.network.send(envelope)
  }

  #startWrite(): void {
    if (this.#crashPoint === 'beforeWrite') return this.crash()
    const batch = this.#queue
    this.#queue = []
    this.#writing = true
    const duration = this.disk.write(batch)
    if (this.#crashPoint !== 'duringWrite') return
    this.#world.schedule(new TornWrite(this), this.#world.now + duration * this.#init.random.next())
  }

  #apply(entries: readonly Entry[]): void {
    const { applyTime } = this.#init.profile
    if (applyTime === 0) return this.applied(entries)
    const { now } = this.#world
    this.#applyFreeAt = Math.max(this.#applyFreeAt, now) + applyTime
    this.#world.schedule(new Applied(this, entries), this.#applyFreeAt)
  }

  /** One timer, at the core's next deadline or a little later. A timer that is set already and not too late stays. */
  #setTimer(): void {
    const deadline = this.raft.nextDeadline()
    if (deadline === Number.POSITIVE_INFINITY) return
    const at = Math.max(this.clock.whenShowing(deadline), this.#world.now) + 0.001
    if (at >= this.#timerAt - 0.002 || this.#tickDue) return
    const { timerLag } = this.#init.profile
    this.#timerAt = at
    const lag = timerLag > 0 ? this.#init.random.exponential(timerLag) : 0
    this.#world.schedule(new Timer(this, ++this.#timerGeneration), at + lag)
  }
}
