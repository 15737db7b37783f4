// A member with the replicated store beside its state machine.
import {
  type MemberMetrics,
  type MemberSettings,
  printable,
  RunningMember,
  type RunningMemberInit,
} from '@oarlock/runtime'
import {
  ClientService,
  type Coordinator,
  EmbeddedBackend,
  ReplicatedStore,
  type Store,
  type StoreSettings,
  storeOver,
} from '@oarlock/store'

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

  constructor(init: StoreMemberInit<Command, Result, Query, Answer>) {
    const store = new ReplicatedStore()
    super({ ...init, settings: { ...init.settings, store } })
    this.backend = new EmbeddedBackend(this.storeLink, store, init.settings.storeSettings)
    const { clock, newController = () => new AbortController() } = init.settings
    const { store: kv, close } = storeOver(this.backend, { clock, newController })
    this.kv = kv
    this.closed.then(close, close)
    const service = new ClientService({
      link: this.storeLink,
      backend: this.backend,
      size: () => store.state.keys.size,
    })
    this.#service = service
    const { cluster, config } = init.settings
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

  override metrics(): MemberMetrics {
    const { clients, requests } = this.#service.counts
    return {
      ...super.metrics(),
      store: this.#store === null ? null : { ...this.#store.amounts, clients, clientRequests: requests },
    }
  }
}
