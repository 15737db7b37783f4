// Finds what the application's classes say by their decorators, before the application starts, and refuses what cannot work.
import { Logger } from '@nestjs/common'
import type { DiscoveryService, MetadataScanner } from '@nestjs/core'
import { InvalidOptionsError } from 'oarlock'
import { bindElections } from '../decorators/bindings.ts'
import { type LeaderOnlyMark, leaderOnlyKey } from '../decorators/leader-only.ts'
import { type OnElection, onElectionKey } from '../decorators/on-election.ts'
import type { Elections } from './elections.ts'
import { type Participant, participantOf } from './participant.ts'

type Method = (...args: unknown[]) => unknown

interface Found {
  readonly instance: object
  /** Nest makes one instance of it, not one a request or one a user. */
  readonly single: boolean
}

export class Explorer {
  readonly #elections: Elections
  readonly #discovery: DiscoveryService
  readonly #scanner: MetadataScanner
  readonly #log = new Logger('Oarlock')
  readonly #participants: { readonly instance: object; readonly participant: Participant<object> }[] = []

  constructor(elections: Elections, discovery: DiscoveryService, scanner: MetadataScanner) {
    this.#elections = elections
    this.#discovery = discovery
    this.#scanner = scanner
  }

  /** Throws InvalidOptionsError. */
  onModuleInit(): void {
    // An instance that is provided under several tokens is one instance.
    for (const found of this.#found().values()) this.#explore(found)
  }

  onApplicationBootstrap(): void {
    for (const { instance, participant } of this.#participants) participant.started(instance)
  }

  #found(): Map<object, Found> {
    const wrappers = [...this.#discovery.getProviders(), ...this.#discovery.getControllers()]
    const found = new Map<object, Found>()
    for (const wrapper of wrappers) {
      const { instance } = wrapper
      if (typeof instance !== 'object' || instance === null || Object.getPrototypeOf(instance) === null)
        continue
      found.set(instance, { instance, single: wrapper.isDependencyTreeStatic() && !wrapper.isTransient })
    }
    return found
  }

  #explore(found: Found): void {
    const { instance, single } = found
    const prototype: object = Object.getPrototypeOf(instance)
    const owner = prototype.constructor
    for (const name of this.#scanner.getAllMethodNames(prototype)) {
      const method: unknown = Reflect.get(prototype, name)
      if (typeof method !== 'function') continue
      const what = `${owner.name}.${name}`
      const marks: readonly LeaderOnlyMark[] = Reflect.getMetadata(leaderOnlyKey, method) ?? []
      for (const mark of marks) this.#checkMark(mark, what)
      if (marks.length > 0 && single) bindElections(instance, this.#elections)
      for (const on of (Reflect.getMetadata(onElectionKey, method) ?? []) as readonly OnElection[])
        this.#listen(on, found, method as Method, what)
    }
    const participant = typeof owner === 'function' ? participantOf(owner) : undefined
    if (participant !== undefined) this.#takePart(participant, found, owner.name)
  }

  #checkMark({ election, otherwise }: LeaderOnlyMark, what: string): void {
    this.#checkElection(election, `${what}: @LeaderOnly`)
    if (otherwise === 'forward' && this.#elections.forward(election) === undefined)
      throw new InvalidOptionsError(
        `${what}: @LeaderOnly cannot forward: give the module of election '${election}' the option forward, a function (leader, call) => Promise`,
      )
  }

  #checkElection(election: string, what: string): void {
    try {
      this.#elections.get(election)
    } catch (error) {
      throw new InvalidOptionsError(`${what}: ${(error as Error).message}`)
    }
  }

  #listen({ kind, election }: OnElection, { instance, single }: Found, method: Method, what: string): void {
    this.#checkElection(election, what)
    if (!single) {
      this.#log.warn(
        `${what} will not be called: there is no one instance of its class, which is request-scoped or transient`,
      )
      return
    }
    this.#elections.handlers(election)[kind].push({ what, run: (news) => method.call(instance, news) })
  }

  #takePart(participant: Participant<object>, { instance, single }: Found, what: string): void {
    const { election } = participant
    this.#checkElection(election, what)
    if (!single)
      throw new InvalidOptionsError(
        `${what}: a request-scoped or transient class cannot take part in an election`,
      )
    bindElections(instance, this.#elections)
    this.#participants.push({ instance, participant })
    const { elected, revoked } = this.#elections.handlers(election)
    elected.push({ what, run: (leadership) => participant.elected(instance, leadership) })
    revoked.push({ what, run: (reason) => participant.revoked(instance, reason) })
  }
}
