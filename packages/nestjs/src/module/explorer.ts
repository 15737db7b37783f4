// Reads the decorators of the application's classes before it starts, and rejects what cannot work.
import { Logger } from '@nestjs/common'
import type { DiscoveryService, MetadataScanner } from '@nestjs/core'
import { InvalidOptionsError } from 'oarlock'
import type { Elections } from '../application/index.ts'
import {
  bindElections,
  type ClassHandlers,
  classHandlersOf,
  type LeaderOnlyMark,
  leaderOnlyKey,
  type OnElection,
  onElectionKey,
} from '../decorators/index.ts'

type Method = (...args: unknown[]) => unknown

interface Found {
  readonly instance: object
  /** Nest makes only one instance of the class: it is neither request-scoped nor transient. */
  readonly single: boolean
}

export class Explorer {
  readonly #elections: Elections
  readonly #discovery: DiscoveryService
  readonly #scanner: MetadataScanner
  readonly #log = new Logger('Oarlock')
  readonly #classHandlers: { readonly instance: object; readonly handlers: ClassHandlers<object> }[] = []

  constructor(elections: Elections, discovery: DiscoveryService, scanner: MetadataScanner) {
    this.#elections = elections
    this.#discovery = discovery
    this.#scanner = scanner
  }

  /** Throws InvalidOptionsError. */
  onModuleInit(): void {
    // A map by instance, because one instance may be provided under several tokens.
    for (const found of this.#found().values()) this.#explore(found)
  }

  onApplicationBootstrap(): void {
    for (const { instance, handlers } of this.#classHandlers) handlers.started(instance)
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
        this.#addHandler(on, found, method as Method, what)
    }
    const handlers = typeof owner === 'function' ? classHandlersOf(owner) : undefined
    if (handlers !== undefined) this.#addClassHandlers(handlers, found, owner.name)
  }

  #checkMark({ election, otherwise }: LeaderOnlyMark, what: string): void {
    this.#checkElection(election, `${what}: @LeaderOnly`)
    if (otherwise === 'forward' && this.#elections.forward(election) === undefined)
      throw new InvalidOptionsError(
        `${what}: @LeaderOnly cannot forward without the option forward of election '${election}': give its module a function (leader, call) => Promise`,
      )
  }

  #checkElection(election: string, what: string): void {
    try {
      this.#elections.get(election)
    } catch (error) {
      throw new InvalidOptionsError(`${what}: ${(error as Error).message}`)
    }
  }

  #addHandler(
    { kind, election }: OnElection,
    { instance, single }: Found,
    method: Method,
    what: string,
  ): void {
    this.#checkElection(election, what)
    if (!single) {
      this.#log.warn(
        `${what} will not be called, because its class is request-scoped or transient: move it to a class with one instance`,
      )
      return
    }
    this.#elections.handlers(election)[kind].push({ what, run: (news) => method.call(instance, news) })
  }

  #addClassHandlers(handlers: ClassHandlers<object>, { instance, single }: Found, what: string): void {
    const { election } = handlers
    this.#checkElection(election, what)
    if (!single)
      throw new InvalidOptionsError(
        `${what}: a request-scoped or transient class cannot follow an election: give it the default scope`,
      )
    bindElections(instance, this.#elections)
    this.#classHandlers.push({ instance, handlers })
    const { elected, revoked } = this.#elections.handlers(election)
    elected.push({ what, run: (leadership) => handlers.elected(instance, leadership) })
    revoked.push({ what, run: (reason) => handlers.revoked(instance, reason) })
  }
}
