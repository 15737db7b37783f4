// All elections of an application: made when its modules are, open from its start to its shutdown.
import { Logger } from '@nestjs/common'
import { type Election, InvalidOptionsError } from 'oarlock'
import { CurrentLeadership } from '../election/current-leadership.ts'
import { defaultElection } from '../election/name.ts'
import { type ElectionHandlers, Participation } from '../election/participation.ts'
import { LeaderElectionService } from '../election/service.ts'
import { electionLogger } from '../nest-logger.ts'
import type { OpenElection } from './open-election.ts'
import type { ElectionOptions, Forward } from './options.ts'
import { warnWithoutShutdownHooks } from './shutdown-warning.ts'

type MutableHandlers = { readonly [kind in keyof ElectionHandlers]: ElectionHandlers[kind][number][] }

interface Entry {
  readonly service: LeaderElectionService
  readonly leadership: CurrentLeadership
  readonly options: ElectionOptions
  readonly handlers: MutableHandlers
}

const defaultDrainTimeout = 5000

/** The elections of an application, by their names. */
export class Elections {
  readonly #open: OpenElection
  readonly #log = new Logger('Oarlock')
  readonly #entries = new Map<string, Entry>()
  #started = false
  #cancelWarning = () => {}

  constructor(open: OpenElection) {
    this.#open = open
  }

  /** In the order in which they were made. */
  [Symbol.iterator](): Iterator<LeaderElectionService> {
    return [...this.#entries.values()].map(({ service }) => service)[Symbol.iterator]()
  }

  has(name: string): boolean {
    return this.#entries.has(name)
  }

  /** Throws InvalidOptionsError if there is none by that name. */
  get(name: string = defaultElection): LeaderElectionService {
    return this.#entry(name).service
  }

  /** @internal */
  leadership(name: string): CurrentLeadership {
    return this.#entry(name).leadership
  }

  /** @internal */
  forward(name: string): Forward | undefined {
    return this.#entry(name).options.forward
  }

  #entry(name: string): Entry {
    const entry = this.#entries.get(name)
    if (entry !== undefined) return entry
    const names = [...this.#entries.keys()].map((known) => `'${known}'`).join(', ')
    throw new InvalidOptionsError(
      `there is no election '${name}' in this application (there is ${names || 'none'}): ` +
        (name === defaultElection
          ? 'import OarlockModule.forRoot'
          : `import OarlockModule.forFeature('${name}')`),
    )
  }

  /** @internal The election by that name: made now, or by another module that wants the same. */
  async make(name: string, options: ElectionOptions): Promise<void> {
    const known = this.#entries.get(name)
    if (known !== undefined) {
      if (same(known.options, options)) return
      throw new InvalidOptionsError(
        `election '${name}' is there already, with other options: it can be one only`,
      )
    }
    const service = new LeaderElectionService(name)
    const entry: Entry = {
      service,
      leadership: new CurrentLeadership(service),
      options,
      handlers: { elected: [], revoked: [], leader: [] },
    }
    this.#entries.set(name, entry)
    // A module that is loaded late has no start of its own.
    if (this.#started) await this.#start(entry)
  }

  /** @internal What is to be done in that election; complete when the application starts. */
  handlers(name: string): MutableHandlers {
    return this.#entry(name).handlers
  }

  /** An instance stands for election when all its providers are ready. */
  async onApplicationBootstrap(): Promise<void> {
    this.#started = true
    if (this.#entries.size === 0) return
    try {
      await Promise.all([...this.#entries.values()].map((entry) => this.#start(entry)))
    } catch (error) {
      // An application that did not start does not lead. Nobody else closes it: Nest 10 would not.
      await this.#close()
      throw error
    }
    this.#cancelWarning = warnWithoutShutdownHooks((message) => this.#log.warn(message), process)
  }

  async #start({ service, options, handlers }: Entry): Promise<void> {
    const { drainTimeout = defaultDrainTimeout } = options
    const request = { name: service.name, options, drainTimeout, logger: electionLogger(this.#log) }
    await service.late.open((): Election | Promise<Election> => this.#open(request))
    new Participation({ service, handlers, drainTimeout, log: this.#log }).begin()
  }

  /** Leader work is told to end and waited for, within its budget; then leadership is handed over. */
  async beforeApplicationShutdown(): Promise<void> {
    this.#cancelWarning()
    await this.#close()
  }

  /** Nothing is left to close, unless the hook above was not called. */
  async onApplicationShutdown(): Promise<void> {
    await this.#close()
  }

  async #close(): Promise<void> {
    const closing = [...this.#entries.values()].map(({ service }) => service.election.close())
    for (const result of await Promise.allSettled(closing))
      if (result.status === 'rejected') this.#log.error(`an election did not close: ${result.reason}`)
  }
}

const same = (a: ElectionOptions, b: ElectionOptions): boolean => {
  const names = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...names].every((name) => Reflect.get(a, name) === Reflect.get(b, name))
}
