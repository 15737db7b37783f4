// Clients whose writes must take effect once (thesis §6.3), in the sessions of the runtime.
//
// A roaming client opens a session at any member, and has one command open. It asks again, at any member,
// until it is answered; it does not know whether an unanswered request took effect. A resident one is a part
// of the process of its member, and ends with it. It has several commands open, and leaves it to the runtime
// to submit them again. Sessions expire, and their clients open others.
import type { Index, Millis } from '@oarlock/core'
import type { SimNode } from '../member/index.ts'
import { Call, type Random, type World } from '../world/index.ts'
import type { Operation } from './operation.ts'
import type { Refused, Requests } from './requests.ts'
import { ResidentClient } from './resident-client.ts'
import { RoamingClient } from './roaming-client.ts'
import type { Write } from './write.ts'

export interface SessionProfile {
  /** The number of clients with a session. */
  readonly count: number
  /** The share of writes that they make. The others are never repeated. */
  readonly share: number
  /** The time after which roaming clients repeat a request, in ms. */
  readonly patience: number
  /** Of the sessions, in ms of leader time. */
  readonly timeout: Millis
  /** The share of resident clients. */
  readonly resident: number
}

export class Sessions {
  /** While true, no client asks. */
  held = false
  readonly #world: World
  readonly #random: Random
  readonly #profile: SessionProfile
  readonly #nodes: readonly SimNode[]
  /** Those of which a client picks one while it is told of no leader. */
  #asked: () => readonly SimNode[]
  readonly #roaming: RoamingClient[] = []
  readonly #resident: ResidentClient[] = []
  #count = 0

  constructor(
    world: World,
    random: Random,
    profile: SessionProfile,
    nodes: readonly SimNode[],
    requests: Requests,
  ) {
    this.#world = world
    this.#random = random
    this.#profile = profile
    this.#nodes = nodes
    this.#asked = () => nodes
    const homes = random.split('homes')
    for (let at = 0; at < profile.count; at++)
      if (homes.chance(profile.resident))
        this.#resident.push(new ResidentClient(homes.pick(nodes), profile.timeout, requests))
      else this.#roaming.push(new RoamingClient(this, requests, profile.timeout))
  }

  /** The operations of roaming clients that wait for an answer. */
  get pending(): readonly Operation[] {
    return this.#roaming.flatMap(({ operation }) => (operation === null || operation.over ? [] : [operation]))
  }

  /** Lets an idle client make this write, with the probability `share`. False if none does. */
  begin(command: () => Uint8Array, called: Index, at: SimNode): boolean {
    if (this.#profile.count === 0 || !this.#random.chance(this.#profile.share)) return false
    const idle = this.#roaming.filter((client) => client.idle)
    const ready = this.#resident.flatMap((client) => {
      const session = client.ready
      return session === null ? [] : [{ client, session }]
    })
    if (idle.length + ready.length === 0) return false
    const picked = this.#random.int(idle.length + ready.length)
    const operation: Operation = {
      name: `command ${++this.#count} of the clients with sessions`,
      command: command(),
      called,
      effect: null,
      asked: 0,
      over: false,
    }
    if (picked < idle.length) idle[picked]!.begin(operation, at)
    else {
      const { client, session } = ready[picked - idle.length]!
      client.write(session, operation)
    }
    return true
  }

  /** A roaming client's request was refused, or has failed. */
  failed(write: Write, refused: Refused): void {
    for (const client of this.#roaming)
      if (client.operation === write.operation) client.failed(write, refused)
  }

  /** The node that this one believes to lead, or any node. */
  leaderBy(node: SimNode): SimNode {
    const told = node.up && node.raft.leader !== null && this.#random.chance(0.7)
    return (told && this.#nodes.find(({ id }) => id === node.raft.leader)) || this.#random.pick(this.#asked())
  }

  /**
   * From now on clients ask nobody who is no member and answers nothing, so that chance cannot keep them
   * waiting.
   */
  askOnly(members: () => readonly SimNode[]): void {
    this.#asked = () => {
      const found = members()
      return found.length > 0 ? found : this.#nodes
    }
  }

  /** Calls back after about this multiple of the client's patience. */
  after(times: number, what: () => void): void {
    const { patience } = this.#profile
    this.#world.schedule(new Call(what), this.#world.now + times * patience * this.#random.between(0.8, 1.2))
  }
}
