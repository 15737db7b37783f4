// Hunts many mutants, on all processors.
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Found, Ground, Hunt } from './hunt.ts'
import type { Mutant } from './mutant.ts'

/** A message to a thread (hunt-worker.ts). */
export interface Order extends Ground {
  /** The hunter's module, by its path from the root of the repository. */
  readonly hunter: string
  readonly mutant: string
}

export interface HuntOptions {
  /** As in {@link Order}. */
  readonly hunter: string
  readonly from: number
  readonly atMost: number
  /** For each mutant the seed to try first. Default: none. */
  readonly tryFirst?: ReadonlyMap<string, number>
}

type Answer = Found & { readonly mutant: string; readonly took: number }

const startWorker = (): Worker =>
  new Worker(new URL('./hunt-worker.ts', import.meta.url), { execArgv: ['--conditions=@oarlock/source'] })

/**
 * Begins to hunt all of them, one after another on each processor. Returns the hunts in the same order. They
 * reject with a MutantError if a mutant does not fit the sources.
 */
export function beginHunts(
  mutants: readonly Mutant[],
  { hunter, from, atMost, tryFirst = new Map() }: HuntOptions,
): Promise<Hunt>[] {
  const hunts = mutants.map((mutant) => ({ mutant, ...Promise.withResolvers<Hunt>() }))
  const waiting = [...hunts]

  const work = (worker: Worker): void => {
    let hunt = waiting.shift()
    const next = (): void => {
      if (hunt === undefined) return void worker.terminate()
      const { name, scenario } = hunt.mutant
      const first = tryFirst.get(name) ?? null
      const order: Order = { hunter, mutant: name, scenario, tryFirst: first, from, atMost }
      worker.postMessage(order)
    }
    worker.once('error', (error) => {
      for (const { reject } of [hunt!, ...waiting.splice(0)]) reject(error)
    })
    worker.on('message', ({ took, mutant: _, ...found }: Answer) => {
      const { mutant, resolve } = hunt!
      resolve({ ...found, mutant, took })
      hunt = waiting.shift()
      next()
    })
    next()
  }

  for (let started = 0; started < availableParallelism(); started++) work(startWorker())
  for (const { promise } of hunts) promise.catch(() => {}) // who awaits it learns of it
  return hunts.map(({ promise }) => promise)
}
