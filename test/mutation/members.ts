// Bugs in the table of members, and in how the runtime changes the membership.
import { inModule, type Mutant, mutant } from './mutant.ts'

const judge = inModule<typeof import('../../packages/runtime/src/membership/judge-request.ts')>(
  'packages/runtime/src/membership/judge-request.ts',
)
const nextStep = inModule<typeof import('../../packages/runtime/src/membership/next-step.ts')>(
  'packages/runtime/src/membership/next-step.ts',
)
const shown = inModule<typeof import('../../packages/runtime/src/identity/shown-membership.ts')>(
  'packages/runtime/src/identity/shown-membership.ts',
)

const section = inModule<typeof import('../../packages/runtime/src/membership/members-section.ts')>(
  'packages/runtime/src/membership/members-section.ts',
)

const rightToVote = inModule<typeof import('../../packages/runtime/src/membership/right-to-vote.ts')>(
  'packages/runtime/src/membership/right-to-vote.ts',
)

export const members: readonly Mutant[] = [
  mutant(
    'M35',
    'a change is made whatever membership it was meant for',
    judge.replace('isExpected', () => () => true),
  ),
  mutant(
    'M37',
    'a newcomer becomes a voter before it has caught up',
    nextStep.patch(' && facts.hasCaughtUp(id)', ''),
  ),
  mutant(
    'M39',
    'a process is accepted under the name of a member, whatever its data directory',
    shown.patch(
      "if (member?.incarnation === incarnation) return 'member'",
      "if (member !== undefined) return 'member'",
    ),
  ),
  mutant(
    'M43',
    'a snapshot does not restore the table of members',
    section.patch('members.installed(decodeTable(bytes))', 'void decodeTable(bytes)'),
  ),
  mutant(
    'M45',
    'a member that was taken in votes at once',
    rightToVote.replace('mayVote', () => () => true),
  ),
  mutant('M41', 'a member that was removed is not told so', shown.patch("if (isGone) return 'removed'", '')),
]
