// Real members behind slow links, for a few seconds. `npm run bench -- --only=slow-links` runs all loads, for
// longer.
import { expect, it } from 'vitest'
import { trial } from './slow-links/trial.ts'

it('a link that is full of entries delays no heartbeat: one leadership, no failure, and the link is used', async () => {
  const outcome = await trial({
    rate: 16e6,
    queue: 100,
    proposers: 256,
    commandBytes: 16 * 1024,
    at: 'leader',
    proposeTimeout: 30_000,
    warmUp: 2,
    seconds: 3,
  })
  expect(outcome).toMatchObject({ leaderships: 1, failed: {} })
  expect(outcome.used).toBeGreaterThan(0.8)
})
