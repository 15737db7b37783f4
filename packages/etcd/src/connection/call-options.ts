// The options of a call, as grpc-js has them.
import type { Etcd3 } from 'etcd3'

export type CallOptions = NonNullable<Parameters<Etcd3['kv']['range']>[1]>

type Interceptors = NonNullable<CallOptions['interceptors']>
type Call = ReturnType<Interceptors[number]>

/** A member of etcd that has no leader refuses the call at once, and ends it if it is a stream. */
export const needsLeader: Interceptors = [
  (options, next) => {
    const call = next(options) as Call
    const start = call.start.bind(call)
    call.start = (metadata, listener) => {
      metadata.set('hasleader', 'true')
      start(metadata, listener)
    }
    return call
  },
]
