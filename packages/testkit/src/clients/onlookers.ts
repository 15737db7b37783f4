// Applications that look at their leaderships at any time: `held` is right at every look, and once it is
// false it stays false.
import type { Leadership } from '@oarlock/runtime'
import type { SimNode, Watcher } from '../member/index.ts'
import { Call, type Random, type World } from '../world/index.ts'

/** The largest number of looks, and the mean number in an election timeout. */
const MOST_LOOKS = 20
const LOOKS = 2

export class Onlookers implements Watcher {
  readonly #world: World
  readonly #random: Random
  readonly #electionTimeout: number

  constructor(world: World, random: Random, electionTimeout: number) {
    this.#world = world
    this.#random = random
    this.#electionTimeout = electionTimeout
  }

  began(node: SimNode, leadership: Leadership): void {
    this.#lookAgain(node, leadership, MOST_LOOKS)
  }

  #lookAgain(node: SimNode, leadership: Leadership, left: number): void {
    if (left === 0) return
    const look = (): void => {
      if (node.leadership !== leadership) return
      node.look()
      this.#lookAgain(node, leadership, left - 1)
    }
    this.#world.schedule(new Call(look), this.#world.now + this.#delay(node, leadership))
  }

  /** Some looks come just when the lease is about to end. */
  #delay(node: SimNode, leadership: Leadership): number {
    const left = node.clock.whenShowing(leadership.deadline) - this.#world.now
    return left > 0 && this.#random.chance(0.3)
      ? left * this.#random.between(0.99, 1.01)
      : this.#random.exponential(this.#electionTimeout / LOOKS)
  }
}
