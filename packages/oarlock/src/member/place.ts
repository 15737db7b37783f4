// How a process comes to its cluster: as one of its founders, by `peers`, or later, by `seeds`. And where it
// is.
import type { NodeId } from '@oarlock/core'
import type { Joins } from '@oarlock/runtime'
import { isAnyInterface } from '../transport/index.ts'
import { addressOf, checkDialled, refuse } from './checks.ts'
import type { MemberOptions } from './member-options.ts'

type Options = Pick<
  MemberOptions<never, never>,
  | 'id'
  | 'peers'
  | 'founding'
  | 'restore'
  | 'seeds'
  | 'as'
  | 'kind'
  | 'rejoin'
  | 'listen'
  | 'advertise'
  | 'transport'
>

export interface Place {
  /** The founders, if it is one. Else empty. */
  readonly peers: Readonly<Record<NodeId, string>>
  readonly listen: string
  /** Of the members that have none in the table of members, this one included. */
  readonly addresses: Readonly<Record<NodeId, string>>
}

/** Throws InvalidOptionsError. */
export function placeOf(options: Options): Place {
  const { id, peers, seeds, transport } = options
  if (peers !== undefined && seeds !== undefined)
    refuse(
      'peers and seeds: a founder has peers, a process that joins later has seeds: leave out one of them',
    )
  if (seeds !== undefined) {
    checkSeeds(options, seeds)
    return transport === undefined ? placeOfJoiner(options) : { peers: {}, listen: '', addresses: {} }
  }
  if (peers === undefined)
    return refuse(
      'peers or seeds must be given: peers to found a cluster, seeds to join one that runs (each is described in the README)',
    )
  if (!Object.hasOwn(peers, id))
    refuse(`id '${id}' is not one of peers, which are ${Object.keys(peers).join(', ') || 'none'}`)
  if (options.as !== undefined) refuse('as: it has no effect with peers: each founder is a voter')
  return { peers, listen: options.listen ?? peers[id]!, addresses: peers }
}

function checkSeeds({ founding, restore, transport }: Options, seeds: readonly string[]): void {
  if (seeds.length === 0) refuse("seeds must have the 'host:port' of at least one member")
  if (founding !== undefined) refuse('founding: it has no effect with seeds: the cluster is founded already')
  if (restore !== undefined) refuse('restore: it has no effect with seeds: only founders restore a backup')
  if (transport === undefined) {
    for (const [at, seed] of seeds.entries()) checkDialled(`seeds[${at}]`, seed)
  } else if (transport.seek === undefined || transport.showsIdentities !== true)
    refuse("seeds: this transport has no method 'seek', so it cannot ask seeds")
}

function placeOfJoiner({ id, listen: given, advertise }: Options): Place {
  const listen = given ?? advertise
  if (listen === undefined)
    return refuse("listen must be this member's 'host:port' with seeds: the members dial it there")
  const { host, port } = addressOf('listen', listen)
  if (advertise === undefined && (host === '' || isAnyInterface(host)))
    refuse(
      `advertise must be the 'host:port' at which the members reach this one: '${listen}' is every interface, and nobody can dial that`,
    )
  return { peers: {}, listen, addresses: advertise === undefined && port > 0 ? { [id]: listen } : {} }
}

/** Null: it is not started to become a member. Its address is known when it listens. */
export function joinsOf({ seeds, as = 'voter', rejoin }: Options): Joins | null {
  if (seeds === undefined && rejoin === undefined) return null
  return { address: null, as: as === 'learner' ? 'learner' : 'voter', replaces: rejoin !== undefined }
}

/** Throws InvalidOptionsError. */
export function kindOf({ kind, as }: Options): 'full' | 'witness' {
  if (as === undefined) return kind ?? 'full'
  const asked = as === 'witness' ? 'witness' : 'full'
  if (kind !== undefined && kind !== asked)
    refuse(
      `as '${as}' and kind '${kind}': a witness votes and has no state: write as: 'witness', or leave it out`,
    )
  return asked
}
