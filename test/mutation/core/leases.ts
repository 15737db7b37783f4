// Broken leases, and the broken promises under them.
import { type Mutant, mutant, scripted } from '../mutant.ts'
import { joint, leader, lease, leaseRenewal, node, promise, transfer, voteRequest } from './modules.ts'
import { reachedBy } from './reached-by.ts'

export const leases: readonly Mutant[] = [
  mutant(
    'H1',
    'a restart forgets the promises from before',
    promise.replace('promiseAtStart', () => () => Number.NEGATIVE_INFINITY),
  ),
  mutant(
    'H3',
    'promises do not hold back votes',
    lease.replace('knowsLiveLeader', () => () => false),
    voteRequest.patch(' || node.isBoundByPromise', ''),
    voteRequest.patch('if (node.isBoundByPromise && ', 'if (false && '),
  ),
  mutant(
    'H5',
    'a heartbeat is answered before the length of the promise is on disk, so a restart forgets it',
    promise.replace('promiseWaits', () => () => false),
  ),
  mutant(
    'H7',
    'a lease lasts a whole election timeout, however fast other clocks are',
    lease.replace('leaseDuration', () => (promise) => promise),
  ),
  mutant(
    'H9',
    'one answer is enough for a lease',
    lease.replace(
      'quorumPromisedUntil',
      () => (configuration, promised) => reachedBy(configuration, promised, (voters) => Math.min(2, voters)),
    ),
  ),
  mutant(
    'H11',
    'the new members alone support a lease in a joint configuration',
    lease.replace(
      'quorumPromisedUntil',
      (original) => (configuration, promised) => original({ ...configuration, outgoing: [] }, promised),
    ),
  ),
  mutant(
    'H13',
    'learners support leases',
    lease.replace('quorumPromisedUntil', () => (configuration, promised) => {
      const voters = [...configuration.voters, ...configuration.learners]
      const needed = Math.floor(configuration.voters.length / 2) + 1
      return reachedBy({ ...configuration, voters }, promised, () => needed)
    }),
  ),
  mutant(
    'H19',
    "a lease goes by the leader's own election timeout, whatever the members have promised",
    leader.patch(
      'leaseDuration(message.promise, node.config)',
      'leaseDuration(node.config.electionTimeout, node.config)',
    ),
  ),
  mutant(
    'H21',
    'only a member that knows a term promises at its start',
    node.patch(
      'if (config.lease) this.promisedUntil = now + this.#startPromise',
      'if (config.lease && hardState.term > 0) this.promisedUntil = now + this.#startPromise',
    ),
  ),
  scripted(
    'promise-before-a-restart',
    mutant(
      'H23',
      'a leader that is heard shortens the promise from before a restart',
      node.patch(
        'Math.max(this.promisedUntil, this.now + this.config.electionTimeout)',
        'this.now + this.config.electionTimeout',
      ),
    ),
  ),
  scripted(
    'lease-after-a-transfer',
    mutant(
      'H15',
      'a lease outlives the order to another member to stand',
      transfer.patch('  node.leaseRevoked = true\n  node.leaseDeadline = Number.NEGATIVE_INFINITY\n', ''),
    ),
  ),
  scripted(
    'lease-of-one',
    mutant(
      'H17',
      'a leader that is no longer alone keeps a lease without end',
      leaseRenewal.patch('node.leaseDeadline = Math.min(leaseDeadline, answeredNow, ', 'void Math.min(0, '),
    ),
  ),
  scripted(
    'lease-of-removed-voters',
    mutant(
      'H25',
      'a lease rests on the promises of voters that are none any more',
      joint.replace('jointBlockedUntil', () => () => Number.POSITIVE_INFINITY),
    ),
  ),
]
