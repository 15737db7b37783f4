import { expect, it } from 'vitest'
import { completeConfig, RaftConfigError } from './config.ts'

it.each([
  [{ id: '' }, /id must not be empty/],
  [{ id: 'a', electionTimeout: Number.NaN }, /electionTimeout must be a number above 0, got NaN/],
  [{ id: 'a', electionSpread: 0 }, /electionSpread must be a number above 0, got 0/],
  [{ id: 'a', electionSpread: Number.NaN }, /electionSpread must be a number above 0, got NaN/],
  [{ id: 'a', heartbeatInterval: 500, electionTimeout: 500 }, /must be below electionTimeout/],
  [{ id: 'a', heartbeatInterval: 95, electionTimeout: 100 }, /must be below the length of a lease/],
  [{ id: 'a', clockRateTolerance: Number.POSITIVE_INFINITY }, /must be below the length of a lease/],
  [{ id: 'a', checkQuorum: false }, /lease needs checkQuorum/],
  [{ id: 'a', clockRateTolerance: -0.1 }, /clockRateTolerance must not be negative/],
])('refuses %j', (given, message) => {
  expect(() => completeConfig(given)).toThrow(RaftConfigError)
  expect(() => completeConfig(given)).toThrow(message)
})
