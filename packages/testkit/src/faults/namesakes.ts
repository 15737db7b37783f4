// Processes that use the name of a member: on an empty directory, because the member lost its disk or somebody
// started a second process, or on a copy of the member's directory that was taken earlier. The cluster must
// refuse each of them for ever. They are no nodes of the simulation: only the checker of incarnations watches
// them.
import type { FoundingRule } from '@oarlock/runtime'
import type { Disk, Network } from '../hardware/index.ts'
import { type Arrival, Observer, type SimNode, type Watcher } from '../member/index.ts'
import type { Random } from '../world/index.ts'

export interface NamesakesInit {
  readonly nodes: readonly SimNode[]
  readonly network: Network<Arrival>
  /** How the cluster is founded in this run; null: it was founded before. */
  readonly founding: FoundingRule | null
  /** So many found the cluster. One alone could found it twice. */
  readonly founders: number
  /** Whether members show each other who they are. Otherwise nobody could refuse a namesake. */
  readonly shown: boolean
  readonly watcher: Watcher
}

interface Namesake {
  readonly process: SimNode
  readonly of: SimNode
}

export class Namesakes {
  /**
   * A second process ran before every member was founded. Then some members may have accepted the one and
   * some the other, and neither can found the cluster.
   */
  mayPreventFounding = false
  readonly #init: NamesakesInit
  readonly #observer: Observer<SimNode> = new Observer()
  #running: Namesake[] = []
  #count = 0

  constructor(init: NamesakesInit) {
    this.#init = init
    this.#observer.add(init.watcher)
  }

  /** Whether the run begins with a new cluster. */
  get isFounding(): boolean {
    return this.#init.founding !== null
  }

  /** Whether all members know which of the two is the member, so that the other one can never take part. */
  mayStart(victim: SimNode): boolean {
    const { nodes, founding, founders, shown } = this.#init
    if (!shown || founders === 1 || victim.isNewcomer) return false
    const others = nodes.filter((node) => node !== victim && !node.lost && !node.isNewcomer)
    const know = others.filter((node) => this.#knows(node, victim))
    if (know.length === others.length) return true
    // With `all`, one member that refuses it is enough. One that takes part was accepted by all.
    const isKnown = know.length > 0 || (victim.founded && victim.formerDisk === null)
    return founding === 'all' && isKnown && this.#running.length === 0
  }

  /** A member that some members know and others do not: they may accept a second process in its place. */
  get partlyKnown(): SimNode | undefined {
    const { nodes } = this.#init
    return nodes.find((victim) => {
      const others = nodes.filter((node) => node !== victim)
      const know = others.filter((node) => this.#knows(node, victim))
      return victim.up && know.length > 0 && know.length < others.length
    })
  }

  /**
   * Whether every other member has seen a start of this member that the copy lacks. One that came back on an empty disk may
   * have seen none, and would believe the copy.
   */
  isOldFor(victim: SimNode, copy: Disk): boolean {
    if (copy.identity.incarnation !== victim.disk.identity.incarnation) return false
    const starts = copy.identity.tokens.length
    return this.#init.nodes
      .filter((node) => node !== victim && !node.lost)
      .every(({ disk }) => (disk.identity.record.peers.get(victim.id)?.start ?? 0) > starts)
  }

  /**
   * Whether this founder may come back, or another process under its name, without what it knew of its peers. Too
   * many of these could found a cluster of their own.
   */
  mayForget(victim: SimNode): boolean {
    const { nodes, founders } = this.#init
    const names = new Set(this.#running.map(({ of }) => of)).add(victim)
    for (const node of nodes) if (node.isNewcomer) names.add(node)
    return founders > 1 && names.size <= Math.max(1, Math.floor((founders - 1) / 2))
  }

  /**
   * Whether a member has processes on copies of its directory. Who knows nothing believes the first one that it
   * meets, so the operator ends the copies before a member comes back on an empty disk.
   */
  get copiesRun(): boolean {
    return this.#running.some(
      ({ process, of }) => process.disk.identity.incarnation === of.disk.identity.incarnation,
    )
  }

  /**
   * Whether every other member would tell this one from another process under its name. With `majority` some may
   * never have met it, and would found the cluster a second time with an empty disk of that name: that is the cost
   * of the rule.
   */
  isMet(victim: SimNode): boolean {
    const { nodes, founding } = this.#init
    const others = nodes.filter((node) => node !== victim && !node.lost && !node.isNewcomer)
    return founding !== 'majority' || others.every((node) => this.#knows(node, victim))
  }

  #knows({ disk }: SimNode, { id, disk: { identity } }: SimNode): boolean {
    return disk.identity.record.peers.get(id)?.incarnation === identity.incarnation
  }

  /**
   * Starts a process with this disk, unless there would be too many names with two processes. `listens`: it also has
   * the address of the member.
   */
  start(victim: SimNode, disk: Disk, random: Random, listens: boolean): SimNode | null {
    const { nodes, network } = this.#init
    if (!this.mayForget(victim)) return null
    if (nodes.some(({ lost, isNewcomer, founded }) => !lost && !isNewcomer && !founded))
      this.mayPreventFounding = true
    const place = nodes.length + this.#count++
    const process = victim.namesake({ place, disk, random, observer: this.#observer })
    process.network = network
    this.#running.push({ process, of: victim })
    if (listens) network.redirect(victim.id, process)
    process.start()
    return process
  }

  /** Ends the second processes. Those in the place of a lost member go on. */
  stop(): void {
    for (const { process, of } of this.#running) {
      if (of.lost) continue
      process.crash()
      this.#init.network.redirect(of.id, null)
    }
    this.#running = this.#running.filter(({ of }) => of.lost)
  }
}
