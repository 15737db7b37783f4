/**
 * What a read may miss.
 *
 * * `linearizable`: nothing. The read sees every command whose `propose` resolved, on any member, before the
 *   read began. The leader asks a majority whether it still leads, so a read takes a round trip, and no write.
 * * `lease`: nothing, as long as the monotonic clocks of the members run equally fast within 10 %, and do not
 *   stand still while a machine sleeps. The leader answers from its lease and asks nobody. Without that
 *   assumption a read may miss the latest commands. Choose it only if a stale answer does no lasting harm.
 * * `local`: any number of the latest commands. The member asks nobody. The state is one that the cluster has
 *   had, and does not go back while the member runs.
 * * `{ atLeast: index }`: the commands after `index`. The read waits until this member has applied it. To read
 *   on one member what was written through another one, return `context.index` from `apply`, and pass it here.
 */
export type Consistency = 'linearizable' | 'lease' | 'local' | { readonly atLeast: number }
