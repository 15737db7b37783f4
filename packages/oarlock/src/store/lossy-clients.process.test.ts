// Clients whose connections break, whose answers are lost and whose members are cut off or lose their leadership, at
// random. What they are told must be what one store would tell.
import { setTimeout as delay } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { Cluster } from '../../test/cluster.ts'
import { below, pick, seeded } from '../../test/random.ts'
import { StoreClient } from '../../test/store-client.ts'
import { isOarlockError } from '../index.ts'

const clients = 3
/** In ms. */
const duration = 2500
const requestTimeout = 20_000

it.each([1, 2])(
  'apply each change once, read what was written, and watch all of it (seed %i)',
  async (seed) => {
    const random = seeded(seed, 'clients')
    await using cluster = await new Cluster(3).start()
    await cluster.leading()
    let isOver = false

    /** Writes its own key again and again, and reads it in between. Returns how often it has written it. */
    async function work(name: string, client: StoreClient): Promise<number> {
      let count = 0
      while (!isOver) {
        const { revision } = await client.store.put(name, String(++count))
        const read = await client.store.get(name)
        expect(read).toMatchObject({ value: String(count), version: count, modRevision: revision })
        const { succeeded } = await client.store
          .transaction()
          .when(name, 'version', '=', count)
          .then({ put: name, value: String(++count) })
          .commit()
        expect(succeeded).toBe(true)
      }
      return count
    }

    async function disturb(all: readonly StoreClient[]): Promise<void> {
      while (!isOver) {
        await delay(10 + below(60, random))
        const client = pick(all, random)
        const member = pick(cluster.members, random)
        switch (below(8, random)) {
          case 0:
            client.lose()
            break
          case 1:
            client.losesAnswers = !client.losesAnswers
            break
          case 2:
            await member.transferLeadership().catch((error: unknown) => {
              if (!isOarlockError(error)) throw error
            })
            break
          case 3:
            cluster.isolate(member)
            await delay(below(1500, random))
            cluster.network.heal()
            break
          default:
            client.losesAnswers = false
            client.connect(member)
        }
      }
      cluster.network.heal()
      for (const client of all) {
        client.losesAnswers = false
        client.connect(cluster.members[0]!)
      }
    }

    const all = Array.from({ length: clients }, () =>
      new StoreClient(requestTimeout).connect(pick(cluster.members, random)),
    )
    const watch = all[0]!.store.watch({ prefix: '' }, { from: 2 })
    const working = all.map((client, n) => work(`client ${n}`, client))
    const disturbing = disturb(all)
    const ending = delay(duration).then(() => {
      isOver = true
    })
    const [counts] = await Promise.all([Promise.all(working), disturbing, ending])

    const written = counts.reduce((sum, count) => sum + count)
    const seen: number[] = []
    const values = counts.map(() => 0)
    for await (const { revision, events } of watch) {
      seen.push(revision)
      for (const { item } of events) {
        const client = Number(item.key.slice('client '.length))
        expect(Number(item.value)).toBe(++values[client]!)
      }
      if (seen.length === written) break
    }
    expect(seen).toEqual(Array.from({ length: written }, (_, n) => n + 2))
    expect(values).toEqual(counts)
    expect(written).toBeGreaterThan(20)
    for (const client of all) client.close()
  },
)
