// Bugs in the replicated store: its leases and its watches, and its part of snapshots.
import { inModule, type Mutant, mutant } from './mutant.ts'

const keeper = inModule<typeof import('../../packages/store/src/leases/lease-keeper.ts')>(
  'packages/store/src/leases/lease-keeper.ts',
)
const holder = inModule<typeof import('../../packages/store/src/leases/lease-holder.ts')>(
  'packages/store/src/leases/lease-holder.ts',
)
const member = inModule<typeof import('../../packages/store/src/leases/member-leases.ts')>(
  'packages/store/src/leases/member-leases.ts',
)
const watches = inModule<typeof import('../../packages/store/src/model/watches.ts')>(
  'packages/store/src/model/watches.ts',
)
const tree = inModule<typeof import('../../packages/store/src/model/sorted-map.ts')>(
  'packages/store/src/model/sorted-map.ts',
)
const keySpace = inModule<typeof import('../../packages/store/src/model/key-space.ts')>(
  'packages/store/src/model/key-space.ts',
)
const limits = inModule<typeof import('../../packages/store/src/embedded/limit-keeper.ts')>(
  'packages/store/src/embedded/limit-keeper.ts',
)
const section = inModule<typeof import('../../packages/store/src/embedded/replicated-store.ts')>(
  'packages/store/src/embedded/replicated-store.ts',
)
const place = inModule<typeof import('../../packages/recipes/src/queue/queue-place.ts')>(
  'packages/recipes/src/queue/queue-place.ts',
)

export const store: readonly Mutant[] = [
  mutant(
    'store-timer',
    'a lease is held until a timer has fired',
    holder.patch(
      'if (!held.isOver && this.#init.clock.now() >= held.deadline) {',
      'if (!held.isOver && this.#init.clock.now() >= held.deadline && this.#isLooking) {',
    ),
    holder.patch(
      'for (const held of [...this.#held.values()]) this.#isHeld(held)',
      'this.#isLooking = true\n    for (const held of [...this.#held.values()]) this.#isHeld(held)\n    this.#isLooking = false',
    ),
    holder.patch('  #isRenewing = false', '  #isLooking = false\n  #isRenewing = false'),
  ),
  mutant(
    'store-fails',
    'a lease is held although its renewals fail',
    holder.patch(
      'if (count !== null) this.#confirmed(before, sent, count)',
      'this.#confirmed(before, sent, count ?? before.length)',
    ),
  ),
  mutant(
    'X7',
    'each member ends leases by its own clock',
    member.patch(
      'const ids = keeper.ended(this.#link.clock.now())',
      'const ids = keeper.ended(this.#link.clock.now())\n    for (const id of ids) this.#leases.revoke(id)',
    ),
  ),
  mutant(
    'store-since',
    'a new leader does not count leases anew',
    keeper.patch('Math.max(this.#since, this.#renewed', 'Math.max(0, this.#renewed'),
  ),
  mutant(
    'store-rate',
    'the leader ends a lease as soon as its own clock says so',
    keeper.patch('from + ttl + ttl * this.#rateTolerance', 'from + ttl'),
  ),
  mutant(
    'store-watch',
    'a watch that is woken misses what has woken it',
    watches.patch(
      '    this.#next = revision\n    this.#stopWaiting()',
      '    this.#next = revision + 1\n    this.#stopWaiting()',
    ),
  ),
  mutant(
    'store-view',
    'a snapshot of the store has changes from after its place',
    tree.patch('    this.#mark = {}\n', ''),
  ),
  mutant(
    'store-section',
    'an installed snapshot leaves the store as it is',
    section.patch(
      'this.watches.whileReplaced(() => this.state.restore(header, versions))',
      'void [header, versions]',
    ),
  ),
  mutant(
    'store-bytes',
    'a member that starts from a snapshot does not count its bytes',
    keySpace.patch(
      '      this.#add(version, this.#keys.get(key))',
      '      const history = this.#keys.get(key)\n      this.#keys.set(key, history === undefined ? new KeyHistory([version]) : history.with(version))',
    ),
  ),
  mutant(
    'store-limits',
    'each member has its own limits',
    limits.patch(
      "this.#proposal.propose({ type: 'limit', limits: this.#limits })",
      "this.#state.apply({ type: 'limit', limits: this.#limits })",
    ),
  ),
  mutant(
    'queue-first',
    'a place is first when the one before it is gone, whoever else is before it',
    place.patch('if (!mayShare(view.before(key))) {', 'if (view.before(key).length > 1) {'),
  ),
]
