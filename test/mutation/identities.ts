// Bugs in who the members are, and in when a new cluster begins.
import { inModule, type Mutant, mutant } from './mutant.ts'

const peers = inModule<typeof import('../../packages/runtime/src/identity/peer-identities.ts')>(
  'packages/runtime/src/identity/peer-identities.ts',
)
const refusal = inModule<typeof import('../../packages/runtime/src/identity/refusal.ts')>(
  'packages/runtime/src/identity/refusal.ts',
)

export const identities: readonly Mutant[] = [
  // Another directory also lacks the starts that were seen of the first one. This breaks both guards.
  mutant(
    'I1',
    'the directory of a member is not compared, neither its incarnation nor its starts',
    refusal.replace('isKnownIncarnation', () => () => true),
    refusal.replace('hasSeenItsOwnStart', () => () => true),
  ),
  mutant(
    'I3',
    'a directory may lack a start that was seen of it',
    refusal.replace('hasSeenItsOwnStart', () => () => true),
  ),
  mutant(
    'I5',
    'a majority of the founders is enough where all must be heard',
    peers.replace('enoughAreHeard', (original) => (own, heard) => original(own, heard, 'majority')),
  ),
  mutant(
    'I7',
    'a member is accepted before what was learned of it is on disk',
    peers.patch('this.#record(() => answer(null))', 'this.#record(() => {})\n    answer(null)'),
  ),
  mutant(
    'I9',
    'a new cluster begins for a member before that is on disk',
    peers.patch(
      'this.#record(() => this.#init.founded(this.#founders))',
      'this.#record(() => {})\n    this.#init.founded(this.#founders)',
    ),
  ),
]
