// Asks any member for changes of the membership, as `Member.reconfigure` does: the runtime carries them out. A
// member that is told of an outcome must have been told the truth.
import type { Configuration, Index, MemberChange, MembershipChange, NodeId } from '@oarlock/core'
import type { ChangeCompletion, ChangeRequest, TableState } from '@oarlock/runtime'
import type { SimNode } from '../member/index.ts'
import { type CommittedLog, isMember, isVoter, type Survivors } from '../model/index.ts'
import { type Agenda, type Random, Violation } from '../world/index.ts'

/** The share of requests that are meant for an earlier membership, and must be refused. */
const MEANT_FOR_ANOTHER = 0.15

interface RuntimeOperatorInit {
  readonly nodes: readonly SimNode[]
  readonly committed: CommittedLog
  readonly survivors: Survivors
  readonly mostVoters: number
  readonly learnersOnly: boolean
  /** No faults start a second process of a name. */
  readonly oneProcessEach: boolean
}

export class RuntimeOperator {
  readonly #init: RuntimeOperatorInit
  #requests = 0
  /** The requests without an outcome: the member that was asked, its process, and whom it is about. */
  readonly #open: Map<string, { readonly node: SimNode; readonly life: number; readonly about: NodeId }> =
    new Map()

  /** Those that may be carried out yet, also after those who asked were told that they do not know, or have ended. */
  readonly #mayCome: Set<ChangeRequest> = new Set()

  constructor(init: RuntimeOperatorInit) {
    this.#init = init
    init.survivors.open = () =>
      [...this.#mayCome].map((change) => (configuration) => stepOf(configuration, change))
  }

  /** Removes a member that lost its disk. If one is missing, another node takes its place. */
  replaceLost(agenda: Agenda, random: Random): void {
    const { nodes, committed } = this.#init
    const { configuration, configurations } = committed
    const lost = nodes.find((node) => node.lost && isMember(configuration, node.id))
    const spare = nodes.find(({ id, up }) => up && !isMember(configuration, id))
    const isShort = configuration.voters.length < configurations[0]!.configuration.voters.length
    const change: ChangeRequest | null =
      lost !== undefined
        ? { type: 'remove', id: lost.id }
        : isShort && spare !== undefined
          ? {
              type: 'add',
              id: spare.id,
              address: null,
              as: 'voter',
              incarnation: spare.disk.identity.incarnation,
            }
          : null
    if (change === null) return
    const number = agenda.next('change')
    if (number === null) return
    const node = this.#someMember(random.split(`change ${number}`))
    if (node !== null && this.#mayAsk(change)) this.ask(node, change, null)
  }

  #someMember(dice: Random): SimNode | null {
    const { nodes, committed } = this.#init
    const members = nodes.filter(
      ({ id, up, isNewcomer }) => up && !isNewcomer && isMember(committed.configuration, id),
    )
    return members.length === 0 ? null : dice.pick(members)
  }

  /** Asks one of the members that are up. */
  attempt(dice: Random): void {
    const node = this.#someMember(dice)
    if (node === null) return
    const { configuration } = this.#init.committed
    const change = this.#draw(dice, configuration)
    if (change === null || !this.#mayAsk(change)) return
    const { version } = node.replica.members.table
    const isStale = version > 0 && dice.chance(MEANT_FOR_ANOTHER)
    const expected = isStale ? ((version - 1) as Index) : dice.chance(0.5) ? version : null
    this.ask(node, change, expected, isStale)
  }

  /** Whether nothing that was asked for is still to be done. */
  get isSettled(): boolean {
    const { configuration, table } = this.#init.committed.configurations.at(-1)!
    const isPending = table.request !== null || configuration.outgoing.length > 0
    const catchesUp = ({ id, lost }: SimNode): boolean => !lost && table.members.get(id)?.promote === true
    // If it is no member any more, it may come back if the incarnation that was removed is known.
    const comes = ({ id, lost, isNewcomer }: SimNode): boolean =>
      isNewcomer && !lost && (table.members.has(id) || typeof table.removed.get(id)?.incarnation === 'string')
    if (isPending || this.#init.nodes.some((node) => catchesUp(node) || comes(node))) return false
    // A newcomer that lost its disk does not catch up, and who asked for it waits.
    const isLost = (id: NodeId): boolean => this.#init.nodes.some((node) => node.id === id && node.lost)
    return [...this.#open.values()].every(({ node, life, about }) => node.life !== life || isLost(about))
  }

  ask(node: SimNode, change: ChangeRequest, expected: Index | null, isStale = false): void {
    const { id } = change
    const key = `operator ${++this.#requests}`
    const { life } = node
    this.#open.set(key, { node, life, about: id })
    this.#mayCome.add(change)
    const over = (): void => void this.#open.delete(key)
    const settled = (): void => {
      over()
      this.#mayCome.delete(change)
    }
    const completion: ChangeCompletion = {
      made: (table) => {
        settled()
        if (node.life !== life) return
        if (isStale)
          throw new Violation(
            'MEMBERS',
            `a change of '${id}' that was meant for another membership is reported as made`,
          )
        // Its outcome may come with a snapshot, when the member has been changed again.
        if (!this.#init.committed.configurations.some((at) => isMade(change, at.table)))
          throw new Violation(
            'MEMBERS',
            `${node.id} reports ${change.type} '${id}' as made in ${JSON.stringify(table.configuration)}`,
          )
      },
      refused: settled,
      overtaken: over,
      timedOut: over,
      stopped: over,
    }
    node.request(
      () => {},
      (replica) => replica.members.requests.add(key, change, expected, completion),
    )
  }

  #draw(dice: Random, { voters, learners }: Configuration): ChangeRequest | null {
    const { nodes, mostVoters, learnersOnly } = this.#init
    const { id, lost } = dice.pick(nodes)
    const address = dice.chance(0.5) ? null : `${id}.example:${dice.int(9)}`
    if (!voters.includes(id) && !learners.includes(id)) {
      if (lost) return null
      const as =
        learnersOnly || voters.length >= mostVoters
          ? 'learner'
          : dice.pick(['voter', 'voter', 'learner'] as const)
      return { type: 'add', id, address, as, incarnation: this.#incarnationOf(dice, id) }
    }
    if (dice.chance(0.15)) return { type: 'move', id, address: address ?? `${id}.example:9` }
    if (learners.includes(id))
      return learnersOnly || voters.length >= mostVoters || dice.chance(0.4)
        ? { type: 'remove', id }
        : { type: 'promote', id }
    if (learnersOnly) return null
    return { type: dice.pick(['remove', 'remove', 'demote'] as const), id }
  }

  /** Null: the next process that comes under this name, which might be a second one. */
  #incarnationOf(dice: Random, id: NodeId): string | null {
    const { nodes, oneProcessEach } = this.#init
    if (oneProcessEach && dice.chance(0.5)) return null
    return nodes.find((node) => node.id === id)!.disk.identity.incarnation
  }

  /** The members that keep their disks must be a majority. */
  #mayAsk(change: ChangeRequest): boolean {
    const { committed, survivors } = this.#init
    const { configuration, from } = committed.configurations.at(-1)!
    const step = stepOf(configuration, change)
    return step === null || survivors.mayChange(configuration, from, step)
  }
}

/** What the change makes of the voters in the end. */
function stepOf(configuration: Configuration, { type, id, ...rest }: ChangeRequest): MembershipChange | null {
  const change = (kind: MemberChange['kind']): MembershipChange => ({
    transition: 'auto',
    changes: [{ kind, id }],
  })
  if (type === 'remove' || type === 'replace') return change('remove')
  if (type === 'demote') return change('learner')
  if (type === 'promote' || ('as' in rest && rest.as !== 'learner')) return change('voter')
  return isVoter(configuration, id) ? null : change('learner')
}

function isMade({ type, id, ...rest }: ChangeRequest, { configuration, members }: TableState): boolean {
  const { voters, learners } = configuration
  const isVoting = voters.includes(id)
  if (type === 'remove') return !members.has(id)
  if (type === 'demote') return learners.includes(id)
  if (type === 'move' && 'address' in rest) return members.get(id)?.address === rest.address
  return isVoting || learners.includes(id as NodeId)
}
