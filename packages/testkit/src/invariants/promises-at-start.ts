// LEASE: with leases a member that starts waits for one election timeout before it votes or stands, whether it
// knows a term or not (ARCHITECTURE.md, leases; thesis §6.4.1). It may have answered a leader just before, and its
// disk may have lost every trace of that. Only a leader that hands over may ask for its vote sooner.
// Kills H21.
import type { Effects, Event } from '@oarlock/core'
import type { SimNode, Watcher } from '../member/index.ts'
import { Violation, type World } from '../world/index.ts'

interface Start {
  readonly life: number
  /** By its own clock. */
  readonly at: number
  /** It was asked to help a transfer, or told to campaign. */
  isExcused: boolean
}

/** Clocks are compared with this tolerance, in ms. */
const LATE = 0.01

export class PromisesAtStart implements Watcher {
  readonly #world: World
  readonly #starts: (Start | undefined)[] = []
  readonly #voted: number[] = []

  constructor(world: World) {
    this.#world = world
  }

  started({ place, life, clock, raft }: SimNode): void {
    this.#starts[place] = { life, at: clock.at(this.#world.now), isExcused: false }
    this.#voted[place] = raft.term
  }

  stepped({ place }: SimNode, event: Event): void {
    const start = this.#starts[place]!
    if (event.type === 'campaign') start.isExcused = true
    if (event.type !== 'receive') return
    const { message } = event
    if (message.type === 'timeoutNow' || (message.type === 'vote' && message.transfer)) start.isExcused = true
  }

  taken({ id, place, clock, config }: SimNode, { persist }: Effects): void {
    const hardState = persist?.hardState
    if (!hardState || hardState.vote === null || hardState.term <= this.#voted[place]!) return
    this.#voted[place] = hardState.term
    const start = this.#starts[place]!
    const since = clock.at(this.#world.now) - start.at
    if (start.isExcused || since >= config.electionTimeout - LATE) return
    throw new Violation(
      'LEASE',
      `${id} votes for ${hardState.vote} in term ${hardState.term}, ${since.toFixed(1)} ms after its start`,
    )
  }
}
