// A node's event loop: what arrives waits for a turn; a turn steps everything that is there, then has the effects carried out
// once. One timer, at the core's next deadline or a little later. A paused process takes no turns; its inbox goes on filling.
import { type Random, Task, type World } from '../world/index.ts'
import type { Arrival } from './arrival.ts'
import type { SimNode } from './node.ts'

export interface LoopProfile {
  /** Events gather this long (ms) before they are stepped together; 0: each is a turn of its own. */
  readonly turnLength: number
  /** How late a timer fires, in ms, on the average. */
  readonly timerLag: number
  /** Whether a node that comes back from a stall believes its timer before it looks at its sockets. */
  readonly tickFirst: boolean
}

class Timer extends Task {
  readonly #loop: EventLoop
  readonly #generation: number

  constructor(loop: EventLoop, generation: number) {
    super()
    this.#loop = loop
    this.#generation = generation
  }

  override run(): void {
    this.#loop.timerFired(this.#generation)
  }
}

class Turn extends Task {
  readonly #loop: EventLoop
  readonly #life: number

  constructor(loop: EventLoop) {
    super()
    this.#loop = loop
    this.#life = loop.life
  }

  override run(): void {
    if (this.#loop.life === this.#life) this.#loop.turn()
  }
}

export class EventLoop {
  /** Stopped, as by SIGSTOP. */
  paused = false
  /** Counts resets. */
  life = 0
  readonly #node: SimNode
  readonly #world: World
  readonly #random: Random
  readonly #profile: LoopProfile
  #inbox: Arrival[] = []
  #turnDue = false
  #turning = false
  #tickDue = false
  #timerAt = Number.POSITIVE_INFINITY
  #timerGeneration = 0

  constructor(node: SimNode, world: World, random: Random, profile: LoopProfile) {
    this.#node = node
    this.#world = world
    this.#random = random
    this.#profile = profile
  }

  /** Forgets everything: the process is gone. */
  reset(): void {
    this.life++
    this.paused = false
    this.#inbox = []
    this.#turnDue = false
    this.#turning = false
    this.#tickDue = false
    this.forgetTimer()
  }

  arrive(arrival: Arrival): void {
    this.#inbox.push(arrival)
    this.#wake()
  }

  resume(): void {
    if (!this.paused) return
    this.paused = false
    if (this.#node.up && (this.#inbox.length > 0 || this.#tickDue)) this.turn()
  }

  timerFired(generation: number): void {
    if (generation !== this.#timerGeneration) return
    this.#timerAt = Number.POSITIVE_INFINITY
    this.#tickDue = true
    this.#wake()
  }

  #wake(): void {
    if (this.paused || this.#turnDue || this.#turning) return
    const { turnLength } = this.#profile
    if (turnLength === 0) return this.turn()
    this.#turnDue = true
    this.#world.schedule(new Turn(this), this.#world.now + turnLength)
  }

  turn(): void {
    this.#turnDue = false
    if (this.paused) return
    const { life } = this
    this.#turning = true
    this.#takeTurn()
    if (this.life !== life) return
    this.#turning = false
    // What the turn itself has brought about.
    if (this.#inbox.length > 0) this.#wake()
  }

  #takeTurn(): void {
    const node = this.#node
    if (this.#tickDue && this.#profile.tickFirst) this.#tick()
    for (let at = 0; at < this.#inbox.length && node.up; at++) this.#inbox[at]!.enter(node)
    if (!node.up) return
    this.#inbox.length = 0
    if (this.#tickDue) this.#tick()
    node.carrier.settle()
  }

  #tick(): void {
    this.#tickDue = false
    const { clock, raft } = this.#node
    // The clock may have been slowed, or the deadline moved, since the timer was set.
    if (clock.at(this.#world.now) >= raft.nextDeadline()) this.#node.step({ type: 'tick' })
  }

  forgetTimer(): void {
    this.#timerAt = Number.POSITIVE_INFINITY
    this.#timerGeneration++
  }

  /** Sets the timer to the core's next deadline. One that is set already and not too late stays. */
  setTimer(): void {
    const { raft, clock } = this.#node
    const deadline = raft.nextDeadline()
    if (deadline === Number.POSITIVE_INFINITY) return
    const at = Math.max(clock.whenShowing(deadline), this.#world.now) + 0.001
    if (at >= this.#timerAt - 0.002 || this.#tickDue) return
    const { timerLag } = this.#profile
    this.#timerAt = at
    const lag = timerLag > 0 ? this.#random.exponential(timerLag) : 0
    this.#world.schedule(new Timer(this, ++this.#timerGeneration), at + lag)
  }
}
