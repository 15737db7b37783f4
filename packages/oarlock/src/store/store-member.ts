// A member with the replicated store beside its state machine.
import { type MemberSettings, RunningMember, type RunningMemberInit } from '@oarlock/runtime'
import { type Coordinator, EmbeddedBackend, ReplicatedStore, type Store, storeOver } from '@oarlock/store'

export type StoreMemberInit<Command, Result, Query, Answer> = Omit<
  RunningMemberInit<Command, Result, Query, Answer>,
  'settings'
> & { readonly settings: Omit<MemberSettings<Command, Result, Query, Answer>, 'store'> }

export class StoreMember<Command, Result, Query = never, Answer = never>
  extends RunningMember<Command, Result, Query, Answer>
  implements Coordinator
{
  readonly backend: EmbeddedBackend
  readonly kv: Store

  constructor(init: StoreMemberInit<Command, Result, Query, Answer>) {
    const store = new ReplicatedStore()
    super({ ...init, settings: { ...init.settings, store } })
    this.backend = new EmbeddedBackend(this.storeLink, store)
    const { clock, newController = () => new AbortController() } = init.settings
    const { store: kv, close } = storeOver(this.backend, { clock, newController })
    this.kv = kv
    this.closed.then(close, close)
  }
}
