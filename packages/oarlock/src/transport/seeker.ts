// Asks one seed who the members of the cluster are, again and again: on a connection of its own, that ends
// with the answer. Who is at the address is not known before.
import type { Duplex } from 'node:stream'
import type { Millis } from '@oarlock/core'
import type { Link, MemberIdentity } from '@oarlock/runtime'
import { anyMember, type Introduction } from '../wire/index.ts'
import { type Address, formatAddress } from './address.ts'
import type { BackOff } from './back-off.ts'
import type { ConnectionLimits } from './connection.ts'
import type { DropCounter } from './drops.ts'
import type { Secrets } from './handshake.ts'
import { LinkHistory } from './link-history.ts'
import type { NameLookup } from './names/index.ts'
import { isOfConfiguration, OutgoingLane, RefusedError } from './outgoing-lane.ts'
import { PeerAddress } from './peer-address.ts'
import { problemOf } from './problem.ts'
import type { DialTarget } from './stream-layer.ts'

export interface SeekerInit {
  readonly own: () => MemberIdentity
  readonly seed: Address
  readonly secrets: Secrets
  readonly lookup: NameLookup
  /** As StreamLayer.dial. */
  readonly dial: (target: DialTarget, opened: () => void) => Duplex
  readonly limits: ConnectionLimits
  readonly backOff: BackOff
  readonly drops: DropCounter
  readonly found: (seed: MemberIdentity, address: string) => void
}

export class Seeker {
  readonly #init: SeekerInit
  readonly #link = new LinkHistory()
  readonly #address: PeerAddress
  #lane: OutgoingLane | null = null
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(init: SeekerInit) {
    this.#init = init
    this.#address = new PeerAddress(init.seed, init.lookup)
  }

  get link(): Link {
    return this.#link.current
  }

  async ask(): Promise<void> {
    const failure = this.#address.isName ? await this.#address.resolve() : null
    if (this.#isClosed) return
    if (failure !== null) this.#failed(failure)
    else this.#dial()
  }

  #dial(): void {
    const { own, secrets, dial, limits, drops } = this.#init
    const { current, resolved } = this.#address
    const introduction: Introduction = { identity: own(), to: anyMember, lane: 'control', advertise: '' }
    const lane = new OutgoingLane({
      introduction,
      secrets,
      dial: (opened) => dial({ peer: null, address: current, resolved }, opened),
      limits,
      meet: (seed) => this.#answered(lane, seed),
      established() {},
      closed: (cause) => {
        if (this.#lane === lane) this.#failed(cause)
      },
      ended: (reason) => drops.connection(reason),
    })
    this.#lane = lane
    const { handshakeTimeout } = limits
    this.#timer = setTimeout(
      () => this.#failed(new Error(`no answer in ${handshakeTimeout} ms`)),
      handshakeTimeout,
    )
  }

  /** It is asked again later: this member is not taken in yet, and the members may change meanwhile. */
  #answered(lane: OutgoingLane, seed: MemberIdentity): void {
    if (this.#lane !== lane) return
    const { backOff, found } = this.#init
    this.#endAttempt()
    backOff.reset()
    if (seed.founders.length === 0)
      return this.#tryLater(`'${seed.id}' is there, and it has not been taken in itself yet`, backOff.next())
    this.#link.connected()
    this.#again(backOff.nextAfterRefusal())
    found(seed, formatAddress(this.#address.current))
  }

  #failed(cause: Error | null): void {
    const { backOff } = this.#init
    this.#endAttempt()
    const delay = isOfConfiguration(cause) ? backOff.nextAfterRefusal() : backOff.next()
    if (!(cause instanceof RefusedError)) return this.#tryLater(problemOf(cause), delay)
    // All members may have the same list.
    if (cause.refusal.reason === 'wrong-member') return this.#tryLater('it is this member itself', delay)
    this.#link.refused(cause.by, cause.refusal)
    this.#again(delay)
  }

  #tryLater(problem: string, delay: Millis): void {
    this.#link.unreachable(problem)
    this.#again(delay)
  }

  #again(delay: Millis): void {
    this.#timer = setTimeout(() => void this.ask(), delay)
  }

  #endAttempt(): void {
    clearTimeout(this.#timer)
    const lane = this.#lane
    this.#lane = null
    lane?.destroy('closed')
  }

  close(): void {
    this.#isClosed = true
    this.#address.abandon()
    this.#endAttempt()
  }
}
