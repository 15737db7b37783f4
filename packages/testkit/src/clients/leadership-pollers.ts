// Applications that read `held` of their leaderships at random times. It must be right each time, and stay
// false once it is false.
import type { Leadership } from '@oarlock/runtime'
import type { SimNode, Watcher } from '../member/index.ts'
import { Call, type Random, type World } from '../world/index.ts'

/** The most polls of one leadership, and the mean number of polls in an election timeout. */
const MOST_POLLS = 20
const POLLS_PER_TIMEOUT = 2

export class LeadershipPollers implements Watcher {
  readonly #world: World
  readonly #random: Random
  readonly #electionTimeout: number

  constructor(world: World, random: Random, electionTimeout: number) {
    this.#world = world
    this.#random = random
    this.#electionTimeout = electionTimeout
  }

  began(node: SimNode, leadership: Leadership): void {
    this.#poll(node, leadership, MOST_POLLS)
  }

  #poll(node: SimNode, leadership: Leadership, left: number): void {
    if (left === 0) return
    const look = (): void => {
      if (node.leadership !== leadership) return
      node.look()
      this.#poll(node, leadership, left - 1)
    }
    this.#world.schedule(new Call(look), this.#world.now + this.#delay(node, leadership))
  }

  /** Some polls come just when the lease is about to end. */
  #delay(node: SimNode, leadership: Leadership): number {
    const left = node.clock.whenShowing(leadership.deadline) - this.#world.now
    return left > 0 && this.#random.chance(0.3)
      ? left * this.#random.between(0.99, 1.01)
      : this.#random.exponential(this.#electionTimeout / POLLS_PER_TIMEOUT)
  }
}
