// Runs many seeds on all processors, with a worker thread for each. The workers get the seeds in blocks, in
// order, so the reported failure is that of the first failing seed, whatever the number and speed of the
// workers.
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Result } from '../runs/index.ts'
import type { Block, BlockReport, Breakdown } from './block.ts'
import { addTo, noTotals, type Totals } from './totals.ts'

export interface PoolOptions {
  readonly from: number
  /** The number of seeds. Infinity: until the signal. */
  readonly seeds: number
  readonly outcomes?: boolean
  readonly workers?: number
  /** After it no block is begun, and the current ones are finished. */
  readonly signal?: AbortSignal
  /** Called after each block. */
  readonly onProgress?: (totals: Totals) => void
}

export interface Outcome {
  readonly totals: Totals
  /** The first seed that failed. */
  readonly failure: Result | null
  /** A seed at which the simulator itself failed. */
  readonly breakdown: Breakdown | null
  /** The signal came before the end. */
  readonly stopped: boolean
}

/** Seeds in a block: about a quarter of a second. */
const BLOCK = 20

/** Starts a worker with the options of this process. Unbuilt, it runs from the sources, like this file. */
function startWorker(): Worker {
  const unbuilt = import.meta.url.endsWith('.ts')
  return new Worker(new URL(unbuilt ? './worker.ts' : './worker.js', import.meta.url), {
    execArgv: [...process.execArgv, ...(unbuilt ? ['--conditions=@oarlock/source'] : [])],
  })
}

function* blocks({ from, seeds, outcomes = false }: PoolOptions): Generator<Block> {
  for (let number = 0; number * BLOCK < seeds; number++) {
    const first = from + number * BLOCK
    const length = Math.min(BLOCK, from + seeds - first)
    yield { number, seeds: Array.from({ length }, (_, at) => first + at), outcomes }
  }
}

export async function runSeeds(options: PoolOptions): Promise<Outcome> {
  const { workers = availableParallelism(), signal, onProgress } = options
  const totals = noTotals()
  const queue = blocks(options)
  let bad: BlockReport | null = null
  let broken = false

  const next = (): Block | null => {
    if (bad !== null || broken || signal?.aborted === true) return null
    const { value, done } = queue.next()
    return done === true ? null : value
  }

  const reported = (report: BlockReport): void => {
    addTo(totals, report.totals)
    const failed = report.failure !== null || report.breakdown !== null
    if (failed && (bad === null || report.number < bad.number)) bad = report
    onProgress?.(totals)
  }

  /** Runs one worker until there is no more to do. */
  const work = (): Promise<void> => {
    const first = next()
    if (first === null) return Promise.resolve()
    const worker = startWorker()
    return new Promise<void>((resolve, reject) => {
      worker.once('error', (error) => {
        broken = true
        reject(error)
      })
      worker.on('message', (report: BlockReport) => {
        reported(report)
        const block = next()
        if (block === null) resolve()
        else worker.postMessage(block)
      })
      worker.postMessage(first)
    }).finally(() => worker.terminate())
  }

  const most = Math.min(workers, Math.ceil(options.seeds / BLOCK))
  await Promise.all(Array.from({ length: most }, work))
  const { failure, breakdown } = (bad as BlockReport | null) ?? { failure: null, breakdown: null }
  const stopped = bad === null && totals.runs < options.seeds
  return { totals, failure, breakdown, stopped }
}
