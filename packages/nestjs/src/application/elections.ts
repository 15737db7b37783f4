// The elections of an application. They are created with its modules, and open from its start to its
// shutdown.
import { Logger } from '@nestjs/common'
import { type Election, InvalidOptionsError } from 'oarlock'
import {
  CurrentLeadership,
  defaultElection,
  type ElectionHandlers,
  ElectionLifecycle,
  LeaderElectionService,
} from '../election/index.ts'
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

/** Its token. Another copy of this package in the process has another class. */
export const electionsToken = 'Oarlock Elections'

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

  /** In the order of their creation. */
  [Symbol.iterator](): Iterator<LeaderElectionService> {
    return [...this.#entries.values()].map(({ service }) => service)[Symbol.iterator]()
  }

  has(name: string): boolean {
    return this.#entries.has(name)
  }

  /** Throws InvalidOptionsError if there is no election by that name. */
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
      `there is no election '${name}' in this application (its elections: ${names || 'none'}): ` +
        (name === defaultElection
          ? 'import OarlockModule.forRoot'
          : `import OarlockModule.forFeature('${name}')`),
    )
  }

  /** @internal Makes the election by that name, unless another module has made it with the same options. */
  async make(name: string, options: ElectionOptions): Promise<void> {
    const known = this.#entries.get(name)
    if (known !== undefined) {
      if (sameOptions(known.options, options)) return
      throw new InvalidOptionsError(
        `election '${name}' has been made already, with other options: give it the same options everywhere, or another name`,
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
    // Nest calls no bootstrap hook for a module that is loaded after the start.
    if (this.#started) await this.#start(entry)
  }

  /** @internal The handlers of that election. The explorer adds to them before the application starts. */
  handlers(name: string): MutableHandlers {
    return this.#entry(name).handlers
  }

  /** The instance stands for election when all its providers are ready. */
  async onApplicationBootstrap(): Promise<void> {
    this.#started = true
    if (this.#entries.size === 0) return
    try {
      await Promise.all([...this.#entries.values()].map((entry) => this.#start(entry)))
    } catch (error) {
      // An application that failed to start must not lead, and Nest 10 would not close its elections.
      await this.#close()
      throw error
    }
    this.#cancelWarning = warnWithoutShutdownHooks((message) => this.#log.warn(message), process)
  }

  async #start({ service, options, handlers }: Entry): Promise<void> {
    const { drainTimeout = defaultDrainTimeout } = options
    const other = (name: string): Promise<Election> => this.#entry(name).service.deferred.whenOpen()
    const request = { name: service.name, options, drainTimeout, logger: this.#log, other }
    await service.deferred.open((): Election | Promise<Election> => this.#open(request))
    new ElectionLifecycle({ service, handlers, drainTimeout, log: this.#log }).start()
  }

  /** Aborts leader work, waits for it within the drain timeout, and hands leadership over. */
  async beforeApplicationShutdown(): Promise<void> {
    this.#cancelWarning()
    await this.#close()
  }

  /** Closes what is still open if Nest did not call the hook above. */
  async onApplicationShutdown(): Promise<void> {
    await this.#close()
  }

  async #close(): Promise<void> {
    const closing = [...this.#entries.values()].map(({ service }) => service.election.close())
    for (const result of await Promise.allSettled(closing))
      if (result.status === 'rejected') this.#log.error(`an election failed to close: ${result.reason}`)
  }
}

const sameOptions = (a: ElectionOptions, b: ElectionOptions): boolean => {
  const names = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...names].every((name) => Reflect.get(a, name) === Reflect.get(b, name))
}
