// TURN: nobody stands for election while a change of the membership that it knows to be committed is not applied there (paper §6;
// ARCHITECTURE.md: configurations take effect when they are applied): it would count by a configuration that may be two behind
// those of others. It says at once what ES and CI say when two majorities have missed each other.
// No listed mutant: it fires where a candidate does not look at what is committed and not yet applied.
import type { SimNode, Watcher } from '../member/index.ts'
import { Violation } from '../world/index.ts'

export class ChangesAppliedBeforeStanding implements Watcher {
  /** Per node: the term in which it was last seen to stand. */
  readonly #stood: number[] = []

  stepped({ raft, place, id, log }: SimNode): void {
    if (raft.role !== 'candidate' || this.#stood[place] === raft.term) return
    this.#stood[place] = raft.term
    for (let at = raft.applied + 1; at <= raft.commit; at++)
      if (log.at(at)?.type === 'configuration')
        throw new Violation(
          'TURN',
          `${id} stands in term ${raft.term}, and has not applied the change at ${at}`,
        )
  }
}
