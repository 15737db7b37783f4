// The four roles (paper §5.1; pre-candidates: thesis §9.6), each a table of its own.
import type { Role } from '../types.ts'
import { candidate, preCandidate } from './candidate.ts'
import { follower } from './follower.ts'
import type { Handlers } from './handlers.ts'
import { leader } from './leader.ts'

const roles: Readonly<Record<Role, Handlers>> = { follower, preCandidate, candidate, leader }

export function handlersOf(role: Role): Handlers {
  return roles[role]
}
