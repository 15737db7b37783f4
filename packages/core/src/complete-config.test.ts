import { expect, it } from 'vitest'
import { completeConfig } from './complete-config.ts'
import { type RaftConfig, RaftConfigError } from './config.ts'

it.each([
  [{ id: '' }, /id must not be empty/],
  [{ id: 'a', electionTimeout: Number.NaN }, /electionTimeout must be a number above 0, got NaN/],
  [{ id: 'a', electionSpread: 0 }, /electionSpread must be a number above 0, got 0/],
  [{ id: 'a', electionSpread: Number.NaN }, /electionSpread must be a number above 0, got NaN/],
  [
    { id: 'a', heartbeatInterval: 500, electionTimeout: 500, lease: false },
    /must be below electionTimeout .500 ms/,
  ],
  [{ id: 'a', heartbeatInterval: 95, electionTimeout: 100 }, /must be below the lease/],
  [{ id: 'a', clockRateTolerance: Number.POSITIVE_INFINITY }, /must be below the lease/],
  [{ id: 'a', checkQuorum: false }, /lease needs checkQuorum/],
  [{ id: 'a', clockRateTolerance: -0.1 }, /clockRateTolerance must not be negative, got -0.1/],
  [{ id: 'a', witness: true, electionOnly: true }, /^witness cannot be combined with electionOnly/],
  [{ id: 'a', heartbeatInterval: Number.POSITIVE_INFINITY }, /heartbeatInterval must be a number above 0/],
  [{ id: 'a', maxInflightMessages: 0.5 }, /maxInflightMessages must be a whole number, got 0.5/],
  [{ id: 'a', maxInflightMessages: 0 }, /maxInflightMessages must be a number above 0, got 0/],
  [{ id: 'a', maxInflightBytes: -1 }, /maxInflightBytes must not be negative, got -1/],
  [{ id: 'a', maxUncommittedBytes: Number.NaN }, /maxUncommittedBytes must not be negative, got NaN/],
  [
    { id: 'a', maxInflightMessages: Number.POSITIVE_INFINITY },
    /maxInflightMessages must be a number above 0/,
  ],
  [{ id: 'a', priority: 101 }, /priority must be a whole number from 0 to 100, got 101/],
  [{ id: 'a', priority: -1 }, /priority must be a whole number from 0 to 100, got -1/],
  [{ id: 'a', priority: 1.5 }, /priority must be a whole number from 0 to 100, got 1.5/],
])('refuses %j', (given, message) => {
  expect(() => completeConfig(given)).toThrow(RaftConfigError)
  expect(() => completeConfig(given)).toThrow(message)
})

it.each<[object, RegExp]>([
  [{}, /id must not be empty/],
  [{ id: 7 }, /id must be a string, got 7/],
  [{ id: 'a', preVote: 'no' }, /preVote must be a boolean, got no/],
  [{ id: 'a', forwardProposals: 0 }, /forwardProposals must be a boolean, got 0/],
  [{ id: 'a', lease: undefined }, /lease must be a boolean, got undefined/],
  [{ id: 'a', electionTimeout: '500' }, /electionTimeout must be a number, got 500/],
  [{ id: 'a', clockRateTolerance: '0.1' }, /clockRateTolerance must be a number/],
  [{ id: 'a', maxMessageBytes: '1' }, /maxMessageBytes must be a number/],
  [{ id: 'a', electionTimeOut: 500 }, /no option electionTimeOut/],
])('refuses %j, which no compiler has seen', (given, message) => {
  expect(() => completeConfig(given as RaftConfig)).toThrow(RaftConfigError)
  expect(() => completeConfig(given as RaftConfig)).toThrow(message)
})

it('takes what it makes itself, and the limits of what can be', () => {
  const complete = completeConfig({ id: 'a' })
  expect(completeConfig(complete)).toEqual(complete)
  const least = { maxInflightMessages: 1, maxMessageBytes: 0, maxInflightBytes: 0, maxUncommittedBytes: 0 }
  expect(completeConfig({ id: 'a', ...least, maxApplyingBytes: Infinity })).toMatchObject(least)
})
