// Carries out what a core hands out, as effect.ts demands and no more: make a write durable, then send what it unlocks, then
// confirm it; one write at a time, and whatever gathers meanwhile goes into the next one.
import type { Effects, Entry, Envelope, Persist } from '@oarlock/core'
import { asSnapshot, type Snapshot } from '../machine/index.ts'
import { describePersist } from '../telling/index.ts'
import { Violation, type World } from '../world/index.ts'
import { Applied } from './arrival.ts'
import type { SimNode } from './node.ts'
import type { Observer } from './observer.ts'

/** A core that has effects hands them out. */
const MOST_TAKES = 10_000

export class Carrier {
  readonly #node: SimNode
  readonly #world: World
  readonly #observer: Observer
  /** How long the state machine takes over a batch, in ms; 0: no time. */
  readonly #applyTime: number
  #applyFreeAt = 0

  constructor(node: SimNode, world: World, observer: Observer, applyTime: number) {
    this.#node = node
    this.#world = world
    this.#observer = observer
    this.#applyTime = applyTime
  }

  reset(): void {
    this.#applyFreeAt = 0
  }

  /** Takes what the core has to hand out until there is no more, and starts the next write. */
  settle(): void {
    const node = this.#node
    for (let left = MOST_TAKES; node.raft.hasEffects; left--) {
      if (left === 0) throw new Violation('SPIN', `${node.id} has more to hand out, ${MOST_TAKES} times over`)
      const effects = this.#take()
      if (effects.persist !== null) node.writer.add(effects.persist)
      for (const envelope of effects.send) this.#send(envelope)
      for (const outcome of effects.proposals) this.#observer.answered(node, outcome)
      for (const outcome of effects.reads) this.#observer.readable(node, outcome)
      if (effects.apply.length > 0) this.#apply(effects.apply)
    }
    node.writer.proceed()
    node.setTimer()
  }

  #take(): Effects {
    const node = this.#node
    const effects = node.asserted(() => node.raft.take())
    const { persist, role } = effects
    if (persist !== null) {
      if (persist.snapshot !== null) {
        node.installing = asSnapshot(persist.snapshot)
        node.log.restore(persist.snapshot)
      }
      node.log.append(persist.entries)
    }
    if (this.#world.trace !== null) {
      if (role !== null)
        this.#world.log(`${node.id} is ${role.role} of term ${role.term}, leader ${role.leader ?? 'unknown'}`)
      const line = persist === null ? null : describePersist(node.id, persist)
      if (line !== null) this.#world.log(line)
    }
    this.#observer.taken(node, effects)
    return effects
  }

  #send(envelope: Envelope): void {
    const node = this.#node
    const { to, message } = envelope
    this.#observer.leaving(node, envelope)
    if (to === node.id) return node.receive(envelope)
    if (message.type !== 'snapshot') return node.network.send(envelope)
    node.shipping.send({ ...envelope, message })
  }

  /** The durability law: the batch is durable; send what it unlocks, then confirm it, write by write. */
  written(batch: readonly Persist[]): void {
    const node = this.#node
    if (node.writer.crashPoint === 'afterWrite') return node.crash()
    for (const { snapshot, thenSend, write } of batch) {
      if (snapshot !== null) this.#install(asSnapshot(snapshot))
      for (const envelope of thenSend) this.#send(envelope)
      node.step({ type: 'persisted', write })
      if (node.installing === snapshot) node.installing = null
    }
    node.writer.finished()
  }

  #install(snapshot: Snapshot): void {
    const node = this.#node
    node.installs++
    node.machine.restore(snapshot)
    this.#observer.installed(node, snapshot)
  }

  #apply(entries: readonly Entry[]): void {
    if (this.#applyTime === 0) return this.applied(entries)
    const { now } = this.#world
    this.#applyFreeAt = Math.max(this.#applyFreeAt, now) + this.#applyTime
    this.#world.schedule(new Applied(this.#node, entries), this.#applyFreeAt)
  }

  /** The state machine is done with these. */
  applied(entries: readonly Entry[]): void {
    const node = this.#node
    for (const entry of entries) {
      node.machine.apply(entry)
      this.#observer.applied(node, entry)
    }
    node.step({ type: 'applied', index: node.machine.index })
    node.compactor.consider()
  }
}
