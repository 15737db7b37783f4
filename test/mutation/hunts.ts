// Hunts many mutants, on all processors.
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Found, Hunt } from './hunt.ts'
import type { Mutant } from './mutant.ts'

/** A message to a thread (hunt-worker.ts). */
export interface Order {
  /** The hunter's module, by its path from the root of the repository. */
  readonly hunter: string
  readonly mutant: string
  readonly scenario: string | null
  readonly from: number
  readonly atMost: number
}

export interface HuntOptions {
  /** As in {@link Order}. */
  readonly hunter: string
  readonly from: number
  readonly atMost: number
  /** Called for each, in the order of the mutants. */
  readonly onHunt?: (hunt: Hunt) => void
}

type Answer = Found & { readonly mutant: string; readonly took: number }

const startWorker = (): Worker =>
  new Worker(new URL('./hunt-worker.ts', import.meta.url), { execArgv: ['--conditions=@oarlock/source'] })

/**
 * Hunts all of them. Resolves with the hunts in the same order. Rejects with a MutantError if a mutant does
 * not fit the sources.
 */
export async function huntAll(mutants: readonly Mutant[], options: HuntOptions): Promise<readonly Hunt[]> {
  const { hunter, from, atMost, onHunt = () => {} } = options
  const hunts: (Hunt | undefined)[] = mutants.map(() => undefined)
  let begun = 0
  let told = 0

  const work = (worker: Worker): Promise<void> =>
    new Promise<void>((resolve, reject) => {
      let place = 0
      const next = (): void => {
        const mutant = mutants[begun]
        if (mutant === undefined) return resolve()
        place = begun++
        const order: Order = { hunter, mutant: mutant.name, scenario: mutant.scenario, from, atMost }
        worker.postMessage(order)
      }
      worker.once('error', (error) => {
        begun = mutants.length
        reject(error)
      })
      worker.on('message', ({ took, mutant: _, ...found }: Answer) => {
        hunts[place] = { ...found, mutant: mutants[place]!, took }
        for (let hunt = hunts[told]; hunt !== undefined; hunt = hunts[++told]) onHunt(hunt)
        next()
      })
      next()
    }).finally(() => worker.terminate())

  await Promise.all(Array.from({ length: availableParallelism() }, () => work(startWorker())))
  return hunts as readonly Hunt[]
}
