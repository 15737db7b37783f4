// TURN: a member does not stand while it has not applied a membership change that it knows to be committed
// (paper §6; ARCHITECTURE.md: configurations take effect when they are applied). It would count by a
// configuration that may be two behind those of others. It reports at once what ES and CI report when two
// majorities have missed each other.
// No listed mutant: it fires where a candidate does not look for committed changes that are not applied.
import type { SimNode, Watcher } from '../member/index.ts'
import { Violation } from '../world/index.ts'

export class ChangesAppliedBeforeStanding implements Watcher {
  /** Per node: the last term in which it stood. */
  readonly #stood: number[] = []

  stepped({ raft, place, id, log }: SimNode): void {
    if (raft.role !== 'candidate' || this.#stood[place] === raft.term) return
    this.#stood[place] = raft.term
    for (let at = raft.applied + 1; at <= raft.commit; at++)
      if (log.at(at)?.type === 'configuration')
        throw new Violation(
          'TURN',
          `${id} stands in term ${raft.term} and has not applied the change at ${at}`,
        )
  }
}
