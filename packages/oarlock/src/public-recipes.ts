// The part of the recipes that applications see.
export {
  type Coordinator,
  type HeldLock,
  type Lock,
  LockLostError,
  type NamedElection,
  type NamedElectionOptions,
  type NamedLeader,
  type NamedLeadership,
  type ReadWriteLock,
  type RecipeOptions,
} from '@oarlock/recipes'
