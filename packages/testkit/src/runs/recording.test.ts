import { expect, test } from 'vitest'
import { Recording } from './recording.ts'
import { play, record, wholeOf } from './schedule.ts'
import type { Simulation } from './simulation.ts'

/** A recorded run, and counts by another watcher. */
function watched(seed: number) {
  const recordings: Recording[] = []
  const seen = { taken: 0, sent: 0, crashes: 0, leaders: 0 }
  const watch = (simulation: Simulation): void => {
    recordings.push(new Recording(simulation))
    simulation.observer.add({
      stepped: (node, event) => {
        if (event.type === 'receive' && event.from !== node.id) seen.taken++
      },
      leaving: (node, { to }) => {
        if (to !== node.id) seen.sent++
      },
      crashed: () => {
        seen.crashes++
      },
      taken: (_node, { role }) => {
        if (role?.role === 'leader') seen.leaders++
      },
    })
  }
  const result = play(wholeOf(seed), { watch })
  return { recording: recordings[0]!, seen, result }
}

const seeds = [1, 2, 3, 4, 5, 6, 7, 8]
const runs = new Map(seeds.map((seed) => [seed, watched(seed)]))
const counted = (seed: number) => runs.get(seed)!

test.each(seeds)('seed %i: every message that a core takes in is recorded as one that arrived', (seed) => {
  const { recording, seen } = counted(seed)
  const { flights } = recording
  expect(flights.filter(({ arrived }) => arrived !== null)).toHaveLength(seen.taken)
  expect(flights.filter(({ copy }) => !copy)).toHaveLength(seen.sent)
  for (const { left, arrived, lost } of flights) {
    expect(arrived === null || lost === null).toBe(true)
    expect(arrived ?? lost ?? left).toBeGreaterThanOrEqual(left)
  }
})

test.each(seeds)('seed %i: every crash, fault and election is recorded', (seed) => {
  const { recording, seen, result } = counted(seed)
  const { marks, faults, ids } = recording
  expect(marks.filter(({ kind }) => kind === 'crash')).toHaveLength(seen.crashes)
  expect(marks.filter(({ kind, role }) => kind === 'role' && role === 'leader')).toHaveLength(seen.leaders)
  expect(faults.map(({ number }) => number)).toEqual(
    Array.from({ length: result.actions.fault }, (_, at) => at + 1),
  )
  for (const { victim } of faults) expect(ids).toContain(victim)
})

test('a cut link is recorded from its fault until it is mended', () => {
  let cuts = 0
  for (const seed of seeds) {
    const { recording, result } = counted(seed)
    for (const { from, to, since, until } of recording.cuts) {
      cuts++
      expect(from).not.toBe(to)
      expect(until ?? result.simulated).toBeGreaterThanOrEqual(since)
      // A message that leaves while the link is cut does not arrive, unless the link is mended by then.
      for (const flight of recording.flights)
        if (flight.from === from && flight.to === to && flight.left > since && flight.left < (until ?? 0))
          expect(flight.message.type === 'snapshot' || flight.arrived === null || flight.copy).toBe(true)
    }
  }
  expect(cuts).toBeGreaterThan(10)
})

test('dropped messages are lost, and none is lost if the network drops none and every member is up', () => {
  let lost = 0
  for (const seed of seeds)
    lost += counted(seed).recording.flights.filter((flight) => flight.lost !== null).length
  expect(lost).toBeGreaterThan(100)
  const calm = {
    ...wholeOf(3),
    calm: ['drops', 'losses', 'failover'],
    kept: { fault: new Set<number>(), change: new Set<number>() },
  }
  expect(record(calm).recording.flights.filter((flight) => flight.lost !== null)).toEqual([])
})
