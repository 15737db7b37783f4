// Oarlock. Each figure gets a new cluster, so that none inherits the log of the one before.
import { Cluster } from '../cluster.ts'
import type { Contender } from './contender.ts'

export const ours = (profile: string | null): Contender => ({
  name: 'oarlock',
  start: async () => {},
  async run(concurrency, seconds) {
    const cluster = await Cluster.start({ electionTimeout: 500, heartbeatInterval: 100, profile })
    try {
      return await cluster.load(concurrency, seconds)
    } finally {
      await cluster.stop()
    }
  },
  stop: async () => {},
})
