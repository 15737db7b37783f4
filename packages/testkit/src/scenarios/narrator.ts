// Tells what happens in a scenario, a line each: how leadership moves, what is committed, what clients are
// told. A message is told only where it decides something.
import {
  type EntryId,
  type Envelope,
  type Event,
  index,
  type NodeId,
  type ProposalOutcome,
} from '@oarlock/core'
import type { Write } from '../clients/index.ts'
import { writeOf } from '../machine/index.ts'
import type { SimNode, Watcher } from '../member/index.ts'
import type { Simulation } from '../runs/index.ts'
import {
  describeConfiguration,
  describeEvent,
  describeRole,
  describeStored,
  place,
} from '../telling/index.ts'
import { FIRST_CHANGE } from './script.ts'

interface Seen {
  role: string
  term: number
  configuration: number
  transfer: NodeId | null
  /** Members that have granted it a vote or a pre-vote. */
  votes: NodeId[]
}

export class Narrator implements Watcher {
  readonly #simulation: Simulation
  readonly #lines: string[] = []
  /** The last line, if it may take more names: the text before them and after them. */
  #open: readonly [before: string, after: string] | null = null
  readonly #seen: Map<NodeId, Seen> = new Map()
  /** The names of the clients' writes that are not acknowledged yet, by number. */
  readonly #names: Map<number, string> = new Map()
  readonly #placedWrites: Set<number> = new Set()
  /** Members whose appends and answers are told. */
  readonly #watched: Set<NodeId> = new Set()
  #committed = 0
  /** The last line that told of commits: from which entry on, in which term. */
  #committedLine: { readonly line: string; readonly from: number; readonly inTerm: number } | null = null

  /** Call it when the members are running. */
  constructor(simulation: Simulation) {
    this.#simulation = simulation
    simulation.workload.onEnd = (write) => this.#ended(write)
    simulation.reads.onServed = ({ id, machine }) =>
      this.say(`${id} serves a read of the state at ${machine.index}`)
    for (const node of simulation.nodes) this.started(node)
  }

  /** Returns the lines since the last call. */
  take(): string[] {
    this.#open = null
    return this.#lines.splice(0)
  }

  watch(ids: readonly NodeId[]): void {
    for (const id of ids) this.#watched.add(id)
  }

  call(write: number, name: string): void {
    this.#names.set(write, name)
  }

  /** Adds a name to the last line if that says the same of others. */
  #of(before: string, id: NodeId, after: string): void {
    if (this.#open !== null && this.#open[0] === before && this.#open[1] === after) {
      const last = this.#lines.pop()!
      this.#lines.push(`${last.slice(0, last.length - after.length)} ${id}${after}`)
      return
    }
    this.say(`${before}${id}${after}`)
    this.#open = [before, after]
  }

  say(line: string): void {
    this.#lines.push(line)
    this.#open = null
  }

  started(node: SimNode): void {
    const { role, term } = node.raft
    const configuration = node.raft.inspect().configurationIndex
    this.#seen.set(node.id, { role, term, configuration, transfer: null, votes: [] })
  }

  crashed(node: SimNode): void {
    this.say(
      `${node.id} crashes; on its disk: ${describeStored(node.disk.durableHardState, node.disk.durableLog)}`,
    )
  }

  stepped(node: SimNode, event: Event): void {
    const seen = this.#seen.get(node.id)!
    if (event.type === 'receive') this.#received(node, seen, event)
    this.#role(node, seen)
    const { configuration, configurationIndex, transferTarget } = node.raft.inspect()
    if (configurationIndex !== seen.configuration)
      this.#of('in force on ', node.id, `: ${describeConfiguration(configuration)}`)
    seen.configuration = configurationIndex
    if (seen.transfer !== null && transferTarget === null && node.raft.role === 'leader')
      this.say(`${node.id} gives up handing over to ${seen.transfer}`)
    seen.transfer = transferTarget
  }

  #received(node: SimNode, seen: Seen, event: Extract<Event, { type: 'receive' }>): void {
    const { from, message } = event
    if (
      (this.#watched.has(node.id) && message.type === 'append') ||
      (this.#watched.has(from) && from !== node.id && message.type === 'appendResponse')
    )
      this.say(describeEvent(node.id, event))
    if (message.type !== 'voteResponse' && message.type !== 'preVoteResponse') return
    if (node.raft.role !== 'candidate' && node.raft.role !== 'preCandidate' && node.raft.role !== 'leader')
      return
    if (message.granted) seen.votes.push(from)
    else this.#of(`${node.id} is refused by `, from, '')
  }

  #role({ id, raft }: SimNode, seen: Seen): void {
    const { role, term, leader } = raft
    if (role === seen.role && (term === seen.term || role === 'follower')) {
      seen.term = term
      return
    }
    if (role !== 'follower') {
      const voters = role === 'leader' ? `, elected by ${[...new Set(seen.votes)].join(' ')}` : ''
      this.say(`${id} ${describeRole(role, term)}${voters}`)
    } else {
      const was = seen.role === 'leader' ? 'leads no longer' : 'stands no longer'
      this.say(`${id} ${was}, in term ${term}${leader === null ? '' : ` follows ${leader}`}`)
    }
    seen.role = role
    seen.term = term
    seen.votes = []
  }

  taken(): void {
    const { entries, committedIn } = this.#simulation.committed
    if (entries.length === this.#committed) return
    const inTerm = committedIn.at(-1)!
    // A line that tells of commits takes in those that follow at once.
    const said = this.#committedLine
    const goesOn = said !== null && said.inTerm === inTerm && this.#lines.at(-1) === said.line
    if (goesOn) this.#lines.pop()
    const from = goesOn ? said.from : this.#committed
    const fresh = entries.slice(from)
    const what =
      fresh.length > 6 ? `${place(fresh[0]!)} … ${place(fresh.at(-1)!)}` : fresh.map(place).join(' ')
    const later = fresh.every(({ term }) => term === inTerm) ? '' : ` in term ${inTerm}`
    const line = `${what} committed${later}`
    this.say(line)
    this.#committedLine = { line, from, inTerm }
    this.#committed = entries.length
  }

  leaving(node: SimNode, { to, message }: Envelope): void {
    if (message.type === 'timeoutNow') this.say(`${node.id} tells ${to} to stand`)
    else if (message.type === 'snapshot')
      this.say(`${node.id} offers ${to} its snapshot of ${place(message.snapshot)}`)
  }

  answered(_node: SimNode, { request, at, reason }: ProposalOutcome): void {
    if (request >= FIRST_CHANGE)
      this.say(at === null ? `the change is refused: ${reason}` : `the change is at ${place(at)}`)
    else if (at !== null) this.#placed(at)
  }

  /** A request has its place in a leader's log: its entries follow one another from here. */
  #placed({ index: first, term }: EntryId): void {
    for (let at = first; ; at = index(at + 1)) {
      const entry = this.#simulation.nodes.map(({ log }) => log.at(at)).find((found) => found?.term === term)
      const write = entry === undefined ? 0 : writeOf(entry)
      const name = this.#names.get(write)
      if (name === undefined || this.#placedWrites.has(write)) return
      this.#placedWrites.add(write)
      this.say(`${name} is at ${place({ index: at, term })}`)
    }
  }

  readable(node: SimNode, outcome: { readonly index: number | null }): void {
    if (outcome.index === null) this.say(`${node.id} cannot tell its reader what is committed`)
  }

  installed(node: SimNode, at: EntryId): void {
    this.say(`${node.id} installs a snapshot of ${place(at)}`)
  }

  #ended({ id, outcome, reason }: Write): void {
    const name = this.#names.get(id)
    if (name === undefined) return
    this.#names.delete(id)
    if (outcome === 'acknowledged') return this.#of('acknowledged: ', name, '')
    this.say(
      outcome === 'refused'
        ? `${name} was not applied: ${reason}`
        : `${name} has no known outcome: ${reason}`,
    )
  }
}
