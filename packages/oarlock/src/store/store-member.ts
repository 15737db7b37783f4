// A member with the replicated store beside its state machine.
import {
  type Coordinator,
  type Lock,
  type NamedElection,
  type NamedElectionOptions,
  type ReadWriteLock,
  type RecipeOptions,
  Recipes,
} from '@oarlock/recipes'
import {
  type MemberMetrics,
  type MemberSettings,
  printable,
  RunningMember,
  type RunningMemberInit,
} from '@oarlock/runtime'
import {
  ClientService,
  EmbeddedBackend,
  ReplicatedStore,
  type Store,
  type StoreSettings,
  storeOver,
} from '@oarlock/store'
import { newTaskContext } from '../node/index.ts'

export type StoreMemberInit<Command, Result, Query, Answer> = Omit<
  RunningMemberInit<Command, Result, Query, Answer>,
  'settings'
> & {
  readonly settings: Omit<MemberSettings<Command, Result, Query, Answer>, 'store'> & {
    readonly storeSettings: StoreSettings
  }
}

export class StoreMember<Command, Result, Query = never, Answer = never>
  extends RunningMember<Command, Result, Query, Answer>
  implements Coordinator
{
  readonly backend: EmbeddedBackend
  readonly kv: Store
  readonly #store: ReplicatedStore | null
  readonly #service: ClientService
  readonly #recipes: Recipes

  constructor(init: StoreMemberInit<Command, Result, Query, Answer>) {
    const store = new ReplicatedStore()
    const { config, clock, logger, newController = () => new AbortController() } = init.settings
    super({ ...init, settings: { ...init.settings, store, closing: () => this.#recipes.close() } })
    this.backend = new EmbeddedBackend(this.storeLink, store, init.settings.storeSettings)
    const { store: kv, close } = storeOver(this.backend, { clock, newController })
    this.kv = kv
    this.closed.then(close, close)
    this.closed.catch((cause) => this.#recipes.stop(cause))
    this.#recipes = new Recipes({
      kv,
      clock,
      newController,
      id: config.id,
      logger,
      newTaskContext,
      leaveWithin: config.electionTimeout,
    })
    const service = new ClientService({
      link: this.storeLink,
      backend: this.backend,
      size: () => store.state.keys.size,
    })
    this.#service = service
    const { cluster } = init.settings
    const hasStore = !config.witness && !config.electionOnly
    this.#store = hasStore ? store : null
    this.serveClients((wanted, connection) => {
      if (wanted !== cluster)
        return {
          reason: 'wrong-cluster',
          detail: `the client wants cluster '${printable(wanted)}', and '${config.id}' is a member of '${cluster}'`,
        }
      if (hasStore) return service.serve(connection)
      const why = config.witness ? 'is a witness' : "only elects (purpose: 'election')"
      return { reason: 'wrong-member', detail: `'${config.id}' ${why} and has no store` }
    })
  }

  election(name: string, options?: NamedElectionOptions): NamedElection {
    return this.#recipes.election(name, options)
  }

  lock(name: string, options?: RecipeOptions): Lock {
    return this.#recipes.lock(name, options)
  }

  readWriteLock(name: string, options?: RecipeOptions): ReadWriteLock {
    return this.#recipes.readWriteLock(name, options)
  }

  semaphore(name: string, permits: number, options?: RecipeOptions): Lock {
    return this.#recipes.semaphore(name, permits, options)
  }

  override metrics(): MemberMetrics {
    const { clients, requests } = this.#service.counts
    return {
      ...super.metrics(),
      store: this.#store === null ? null : { ...this.#store.amounts, clients, clientRequests: requests },
    }
  }
}
