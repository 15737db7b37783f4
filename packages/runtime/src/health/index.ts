// What a member answers to the probes of a platform.
export { CaughtUp } from './caught-up.ts'
export {
  type Health,
  type HealthFacts,
  type HealthReason,
  type HealthReasonKind,
  healthOf,
  liveness,
  readiness,
  takesNoPart,
  wantsRestart,
} from './health.ts'
