// The event loop and the clock of a simulated process: the runtime's ports EventLoop and Clock. As in Node, a
// turn first fires the timers that are due, then handles the input, and then calls the callbacks for the end
// of the turn. A paused process takes no turns, while its input gathers. Work takes time, and the next turn
// begins when it is done.
import type { Millis } from '@oarlock/core'
import type { Clock, EventLoop } from '@oarlock/runtime'
import type { NodeClock } from '../hardware/index.ts'
import { Call, type Random, Task, Violation, type World } from '../world/index.ts'
import type { Arrival, Host } from './host.ts'

export interface LoopProfile {
  /** How long input gathers before a turn takes it in, in ms. 0: each input has its own turn. */
  readonly turnLength: number
  /** The mean lateness of a timer, in ms. */
  readonly timerLag: number
  /** Whether due timers can fire before input that has arrived by then. */
  readonly tickFirst: boolean
}

class Timer {
  readonly at: Millis
  readonly callback: () => void
  /** Counts how often it was set, since the clock may change its rate meanwhile. */
  setting = 0
  isDue = false

  constructor(at: Millis, callback: () => void) {
    this.at = at
    this.callback = callback
  }
}

class TimerFires extends Task {
  readonly #loop: SimEventLoop
  readonly #timer: Timer
  readonly #setting: number

  constructor(loop: SimEventLoop, timer: Timer) {
    super()
    this.#loop = loop
    this.#timer = timer
    this.#setting = ++timer.setting
  }

  override run(): void {
    if (this.#timer.setting === this.#setting) this.#loop.fired(this.#timer)
  }
}

class Turn extends Task {
  readonly #loop: SimEventLoop
  readonly #life: number

  constructor(loop: SimEventLoop) {
    super()
    this.#loop = loop
    this.#life = loop.life
  }

  override run(): void {
    if (this.#loop.life === this.#life) this.#loop.turn()
  }
}

/** No node needs this many turns at one instant. */
const MOST_TURNS = 10_000

export class SimEventLoop implements EventLoop, Clock {
  /** Whether the process is stopped, as by SIGSTOP. */
  paused = false
  /** The number of resets. */
  life = 0
  /** The time of the work in this turn so far, in ms. */
  busy = 0
  readonly #node: Host
  readonly #clock: NodeClock
  readonly #world: World
  readonly #random: Random
  readonly #profile: LoopProfile
  #inbox: Arrival[] = []
  #atEnd: (() => void)[] = []
  #timers: Set<Timer> = new Set()
  #due: Timer[] = []
  #turnDue = false
  #turning = false
  /** The true time before which no turn begins, because of the work of the last one. */
  #busyUntil = 0

  constructor(node: Host, world: World, random: Random, profile: LoopProfile) {
    this.#node = node
    this.#clock = node.clock
    this.#world = world
    this.#random = random
    this.#profile = profile
  }

  /** The process has ended, and all its timers and input are gone. */
  reset(): void {
    this.life++
    this.paused = false
    this.busy = 0
    this.#inbox = []
    this.#atEnd = []
    this.#timers = new Set()
    this.#due = []
    this.#turnDue = false
    this.#turning = false
    this.#busyUntil = 0
  }

  // The ports.

  now(): Millis {
    return this.#clock.at(this.#world.now + this.busy)
  }

  at(at: Millis, callback: () => void): () => void {
    const timer = new Timer(at, callback)
    this.#timers.add(timer)
    this.#set(timer)
    return () => this.#timers.delete(timer)
  }

  endOfTurn(callback: () => void): void {
    this.#atEnd.push(callback)
    this.#wake()
  }

  afterInput(callback: () => void): void {
    this.endOfTurn(callback)
  }

  // The process.

  arrive(arrival: Arrival): void {
    this.#inbox.push(arrival)
    this.#wake()
  }

  resume(): void {
    if (!this.paused) return
    this.paused = false
    this.#wake()
  }

  /**
   * Changes the rate of its clock, not before the end of the last turn's work: the process has seen the clock
   * up to there, and a slower one would go back.
   */
  drift(rate: number): void {
    if (this.#busyUntil > this.#world.now) {
      this.#world.schedule(new Call(() => this.drift(rate)), this.#busyUntil)
      return
    }
    this.#clock.drift(rate, this.#world.now)
    this.clockChanged()
  }

  /** The clock's rate or value has changed: sets the timers again. */
  clockChanged(): void {
    for (const timer of this.#timers) if (!timer.isDue) this.#set(timer)
  }

  fired(timer: Timer): void {
    if (!this.#timers.has(timer)) return
    timer.isDue = true
    this.#due.push(timer)
    this.#wake()
  }

  #set(timer: Timer): void {
    const { timerLag } = this.#profile
    const at = Math.max(this.#clock.whenShowing(timer.at), this.#world.now) + 0.001
    const lag = timerLag > 0 ? this.#random.exponential(timerLag) : 0
    this.#world.schedule(new TimerFires(this, timer), at + lag)
  }

  // Turns.

  get #hasWork(): boolean {
    return this.#inbox.length > 0 || this.#atEnd.length > 0 || this.#due.length > 0
  }

  #wake(): void {
    if (this.paused || this.#turnDue || this.#turning || !this.#hasWork) return
    const at = Math.max(this.#world.now + this.#profile.turnLength, this.#busyUntil)
    if (at <= this.#world.now) return this.turn()
    this.#turnDue = true
    this.#world.schedule(new Turn(this), at)
  }

  turn(): void {
    this.#turnDue = false
    const { life } = this
    for (let left = MOST_TURNS; !this.paused && this.#hasWork; left--) {
      if (left === 0) throw new Violation('SPIN', `${this.#node.id} takes ${MOST_TURNS} turns at one instant`)
      this.#turning = true
      this.#takeTurn(life)
      if (this.life !== life) return
      this.#turning = false
      if (this.busy > 0 || this.#profile.turnLength > 0) break
    }
    this.#busyUntil = this.#world.now + this.busy
    this.busy = 0
    this.#wake()
  }

  #takeTurn(life: number): void {
    const firedSome = this.#fireTimers(life)
    if (firedSome && this.#profile.tickFirst) this.#callBack(life)
    while (this.#inbox.length > 0 && this.#continues(life)) {
      const arrivals = this.#inbox
      this.#inbox = []
      for (let at = 0; at < arrivals.length; at++) {
        if (this.life !== life) return
        if (this.busy > 0) {
          this.#inbox = arrivals.slice(at).concat(this.#inbox)
          return
        }
        arrivals[at]!.enter(this.#node)
      }
    }
    this.#callBack(life)
  }

  /** After work that took time, the rest waits for the next turn, so that nothing is seen too early. */
  #continues(life: number): boolean {
    return this.life === life && this.busy === 0
  }

  #fireTimers(life: number): boolean {
    if (this.#due.length === 0) return false
    const due = this.#due
    this.#due = []
    for (const timer of due) {
      if (this.life !== life) return true
      timer.isDue = false
      // It was cancelled, or the clock was slowed after it was set.
      if (!this.#timers.has(timer)) continue
      if (this.now() < timer.at) this.#set(timer)
      else {
        this.#timers.delete(timer)
        timer.callback()
      }
    }
    return true
  }

  #callBack(life: number): void {
    if (this.#atEnd.length === 0 || !this.#continues(life)) return
    const callbacks = this.#atEnd
    this.#atEnd = []
    for (let at = 0; at < callbacks.length; at++) {
      if (this.life !== life) return
      if (this.busy > 0) {
        this.#atEnd = callbacks.slice(at).concat(this.#atEnd)
        return
      }
      callbacks[at]!()
    }
  }
}
