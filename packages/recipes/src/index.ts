// @oarlock/recipes: elections by name and locks, over any store. It uses no Node API.
export type { Coordinator } from './coordinator.ts'
export type { NamedElection, NamedLeader, NamedLeadership } from './election/index.ts'
export type { Environment } from './environment.ts'
export { LockLostError } from './errors.ts'
export type { HeldLock, Lock, ReadWriteLock } from './lock/index.ts'
export {
  type Entered,
  type NewPlace,
  type Place,
  QueuePlace,
  type QueuePlaceInit,
  type QueueRequests,
  QueueView,
} from './queue/index.ts'
export { type NamedElectionOptions, type RecipeOptions, Recipes } from './recipes.ts'
