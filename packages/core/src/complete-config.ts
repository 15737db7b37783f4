// Fills in and checks the settings of a node, before anything depends on them.
import { defaultConfig, type RaftConfig, RaftConfigError } from './config.ts'
import { leaseDuration } from './election/index.ts'

const refuse = (what: string): never => {
  throw new RaftConfigError(what)
}

const rounded = (ms: number): number => Math.round(ms * 10) / 10

/**
 * Fills in the defaults. Throws {@link RaftConfigError} for an option that does not exist, or a value that
 * cannot work.
 */
export function completeConfig(given: Partial<RaftConfig> & Pick<RaftConfig, 'id'>): RaftConfig {
  const config: RaftConfig = { ...defaultConfig, ...given }
  const usual: RaftConfig = { id: '', ...defaultConfig }
  // Callers may not have a compiler. A misspelt option must not go unnoticed, and 'no' must not pass for
  // true.
  for (const key of Object.keys(config) as (keyof RaftConfig)[]) {
    const type = typeof usual[key]
    if (type === 'undefined') refuse(`there is no option ${key}`)
    if (typeof config[key] !== type) refuse(`${key} must be a ${type}, got ${config[key]}`)
  }
  const { id, heartbeatInterval, electionTimeout, maxInflightMessages, priority } = config
  if (!id) refuse('id must not be empty')
  const positive = ['electionTimeout', 'electionSpread', 'heartbeatInterval', 'maxInflightMessages'] as const
  for (const key of positive)
    if (!(config[key] > 0 && config[key] < Number.POSITIVE_INFINITY))
      refuse(`${key} must be a number above 0, got ${config[key]}`)
  const notNegative = [
    'clockRateTolerance',
    'maxMessageBytes',
    'maxInflightBytes',
    'maxUncommittedBytes',
    'maxApplyingBytes',
  ] as const
  for (const key of notNegative)
    if (!(config[key] >= 0)) refuse(`${key} must not be negative, got ${config[key]}`)
  if (maxInflightMessages % 1 !== 0)
    refuse(`maxInflightMessages must be a whole number, got ${maxInflightMessages}`)
  if (priority % 1 !== 0 || priority < 0 || priority > 100)
    refuse(`priority must be a whole number from 0 to 100, got ${priority}`)
  // If the lease ran out between two heartbeats, no leadership would last.
  const most = config.lease ? leaseDuration(electionTimeout, config) : electionTimeout
  if (heartbeatInterval >= most)
    refuse(
      `heartbeatInterval (${rounded(heartbeatInterval)} ms) must be below ${config.lease ? 'the lease' : 'electionTimeout'} (${rounded(most)} ms)`,
    )
  if (config.witness && config.electionOnly) refuse('witness cannot be combined with electionOnly')
  if (config.lease && !config.checkQuorum) refuse('lease needs checkQuorum')
  return config
}
