// The state of a case file: the nodes, the messages in flight, and the output so far.
import type { Event, NodeId } from '@oarlock/core'
import { CaseError } from './datadriven.ts'
import { describeMessage, describeReady } from './describe.ts'
import { CaseNode, type Flight, isLocal, type NodeOptions, type Work } from './node.ts'
import { responseTypes } from './wire.ts'

/** An error that a case file may expect in its output. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
}

/** No case needs as many rounds, unless its nodes never stop sending. */
const mostRounds = 1_000

export class Environment {
  readonly #nodes: CaseNode[] = []
  #messages: Flight[] = []
  #lines: string[] = []
  #indent = ''
  /** `log-level none` silences the harness as well, except for errors. */
  quiet = false

  get nodes(): readonly CaseNode[] {
    return this.#nodes
  }

  node(id: NodeId): CaseNode {
    const node = this.#nodes[Number(id) - 1]
    if (node === undefined) throw new CaseError(`there is no node ${id}`)
    return node
  }

  addNode(options: NodeOptions): void {
    this.#nodes.push(new CaseNode(`${this.#nodes.length + 1}`, options))
  }

  print(text: string): void {
    if (this.quiet) return
    for (const line of text.split('\n')) this.#lines.push(this.#indent + line)
  }

  takeOutput(): string {
    const output = this.#lines.join('\n')
    this.#lines = []
    return output
  }

  #indented(act: () => void): void {
    const outer = this.#indent
    this.#indent += '  '
    act()
    this.#indent = outer
  }

  queue(flight: Flight): void {
    this.#messages.push(flight)
  }

  #addressed(to: NodeId, type: string | null, drop: boolean): readonly Flight[] {
    return this.#messages.filter(
      ({ wire }) => wire.to === to && (type === null || wire.type === type) && !(drop && isLocal(wire)),
    )
  }

  /** Delivers or drops the messages to `to`. Returns how many there were. */
  deliver(to: NodeId, { type = null, drop = false }: { type?: string | null; drop?: boolean } = {}): number {
    const flights = this.#addressed(to, type, drop)
    this.#messages = this.#messages.filter((flight) => !flights.includes(flight))
    for (const { wire, event } of flights) {
      this.print(`${drop ? 'dropped: ' : ''}${describeMessage(wire)}`)
      if (drop) continue // the receiver need not exist
      const node = this.node(to)
      if (responseTypes.has(wire.type) && !this.#knows(node, wire.from))
        this.print('raft: cannot step as peer not found')
      else if (wire.type !== 'MsgProp') node.step(event)
      else if (this.stepProposal(node, event) === 'dropped') this.print('raft proposal dropped')
    }
    return flights.length
  }

  #knows({ raft }: CaseNode, id: NodeId): boolean {
    const { voters, outgoing, learners } = raft.inspect().configuration
    return [voters, outgoing, learners].some((part) => part.includes(id))
  }

  /** The outcome is read from the node's state, since proposals of etcd have none on the wire. */
  stepProposal(node: CaseNode, event: Event): 'accepted' | 'dropped' {
    const before = node.raft.inspect()
    node.step(event)
    if (before.role !== 'leader') return before.leader === null ? 'dropped' : 'accepted'
    return node.raft.inspect().lastIndex > before.lastIndex ? 'accepted' : 'dropped'
  }

  processReady(node: CaseNode): void {
    const { ready, sent } = node.handleReady()
    this.print(describeReady(ready))
    this.#messages.push(...sent)
  }

  processAppendThread(node: CaseNode): void {
    this.#work(node.appendWork, 'no append work to perform')
  }

  processApplyThread(node: CaseNode): void {
    this.#work(node.applyWork, 'no apply work to perform')
  }

  #work(queue: Work[], none: string): void {
    const work = queue.shift()
    if (work === undefined) {
      this.print(none)
      return
    }
    this.print(`Processing:\n${describeMessage(work.wire)}`)
    work.perform()
    this.print('Responses:')
    for (const { wire } of work.responses) this.print(describeMessage(wire))
    this.#messages.push(...work.responses)
  }

  /** Runs a command on several nodes, under a heading for each unless there is only one. */
  forEach(ids: readonly NodeId[], doing: string, act: (node: CaseNode) => void): void {
    for (const id of ids) {
      const node = this.node(id)
      if (ids.length === 1) act(node)
      else this.#under(node, doing, () => act(node))
    }
  }

  #under({ id }: CaseNode, doing: string, act: () => void): void {
    this.print(`> ${id} ${doing}`)
    this.#indented(act)
  }

  /** Handles Readys, delivers, appends and applies on all these nodes, until nothing is left to do. */
  stabilize(ids: readonly NodeId[]): void {
    const nodes = ids.length === 0 ? this.#nodes : ids.map((id) => this.node(id))
    for (let round = 0; round < mostRounds; round++) if (!this.#stabilizeOnce(nodes)) return
    throw new Error(`the nodes still send messages after ${mostRounds} rounds`)
  }

  #stabilizeOnce(nodes: readonly CaseNode[]): boolean {
    let busy = false
    const each = (
      pending: (node: CaseNode) => boolean,
      doing: string,
      act: (node: CaseNode) => void,
    ): void => {
      for (const node of nodes) {
        if (!pending(node)) continue
        busy = true
        this.#under(node, doing, () => act(node))
      }
    }
    const drain = (work: (node: CaseNode) => readonly Work[], act: (node: CaseNode) => void) => {
      return (node: CaseNode): void => {
        while (work(node).length > 0) act(node)
      }
    }
    const appendWork = ({ appendWork }: CaseNode): readonly Work[] => appendWork
    const applyWork = ({ applyWork }: CaseNode): readonly Work[] => applyWork
    each(
      (node) => node.raft.hasEffects,
      'handling Ready',
      (node) => this.processReady(node),
    )
    each(
      (node) => this.#addressed(node.id, null, false).length > 0,
      'receiving messages',
      (node) => this.deliver(node.id),
    )
    each(
      (node) => appendWork(node).length > 0,
      'processing append thread',
      drain(appendWork, (node) => this.processAppendThread(node)),
    )
    each(
      (node) => applyWork(node).length > 0,
      'processing apply thread',
      drain(applyWork, (node) => this.processApplyThread(node)),
    )
    return busy
  }
}
