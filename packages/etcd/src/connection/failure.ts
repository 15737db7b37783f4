// Classifies failed requests: etcd has refused it, it was not sent, or etcd may have carried it out.
import { InvalidCommandError, type OarlockError, type Outcome } from '@oarlock/runtime'
import type { StoreRefusal } from '@oarlock/store'
import { EtcdRefusedError } from '../errors.ts'

export interface RpcFailure {
  /**
   * `refused`: etcd has changed nothing. `no-leader`: it has changed nothing, as it has no leader.
   * `not-sent`: no connection to it was there. `lost`: it is not known what it has done.
   */
  readonly kind: 'refused' | 'no-leader' | 'not-sent' | 'lost'
  readonly text: string
}

const notSent: readonly RegExp[] = [
  /^No connection established/,
  /^Name resolution failed/,
  /^Channel closed before call started/,
  // The deadline passed before a connection was made.
  /Waiting for LB pick|waiting for name resolution/,
  /client was already closed$/,
]

const noLeader: readonly RegExp[] = [/^etcdserver: no leader/, /raft proposal dropped/]

/** Everything else that etcd says may be about a request that it carries out later. */
const refused: readonly RegExp[] = [
  /^etcdserver: mvcc: required revision/,
  /^etcdserver: mvcc: database space exceeded/,
  /^etcdserver: requested lease not found/,
  /^etcdserver: lease already exists/,
  /^etcdserver: too large lease TTL/,
  /^etcdserver: key not found/,
  /^etcdserver: key is not provided/,
  /^etcdserver: duplicate key given in txn request/,
  /^etcdserver: too many operations in txn request/,
  /^etcdserver: request is too large/,
  /^etcdserver: too many requests/,
  /^etcdserver: permission denied/,
  /^etcdserver: authentication (?:failed|is not enabled)/,
  /^etcdserver: user name/,
  /^etcdserver: invalid auth token/,
  /^etcdserver: revision of auth store is old/,
  /^etcdserver: corrupt cluster/,
  /^etcdserver: not capable/,
  /^etcdserver: rpc not supported for learner/,
  /^grpc: received message larger than max/,
]

/** The text of etcd, anywhere in the message of its client's error. */
const ofEtcd = /etcdserver: .*/s
/** Of grpc-js: '14 UNAVAILABLE: No connection established'. */
const ofGrpc = /^\d+ [A-Z_]+: (.*)$/s

export function failureOf(error: unknown): RpcFailure {
  const message = error instanceof Error ? error.message : String(error)
  const text = ofEtcd.exec(message)?.[0] ?? ofGrpc.exec(message)?.[1] ?? message
  const says = (pattern: RegExp): boolean => pattern.test(text)
  if (refused.some(says)) return { kind: 'refused', text }
  if (noLeader.some(says)) return { kind: 'no-leader', text }
  if (notSent.some(says)) return { kind: 'not-sent', text }
  return { kind: 'lost', text }
}

/** etcd's own limits are errors of its own. */
type SharedRefusal = Exclude<StoreRefusal, 'full' | 'too-long'>

const reasons: readonly (readonly [SharedRefusal, RegExp])[] = [
  ['compacted', /required revision has been compacted/],
  ['future-revision', /required revision is a future revision/],
  ['no-lease', /requested lease not found/],
  ['lease-exists', /lease already exists/],
  ['no-key', /key not found/],
  ['duplicate-key', /duplicate key given/],
]

/** A refusal that every store has. The request tells what it is about. */
export class Refusal extends Error {
  readonly reason: SharedRefusal

  constructor(reason: SharedRefusal, text: string) {
    super(text)
    this.reason = reason
  }
}

const tooLarge = /request is too large|received message larger than max|too many operations/

/** The error of a failure of the kind `refused`. `outcome`: of a request that has changed nothing. */
export function refusalOf(text: string, outcome: Outcome): OarlockError | Refusal {
  const reason = reasons.find(([, pattern]) => pattern.test(text))?.[0]
  if (reason !== undefined) return new Refusal(reason, text)
  const what = outcome === 'not-a-write' ? 'nothing was read' : 'nothing was changed'
  if (tooLarge.test(text))
    return new InvalidCommandError(
      `etcd refuses a request of this size (${text}): ${what}. Its limits are --max-request-bytes and --max-txn-ops`,
    )
  return new EtcdRefusedError(`etcd refuses the request (${text}): ${what}`, outcome)
}
