// One thread of a hunt: hunts one mutant after another, as it is told, and reports what it found.
import { parentPort } from 'node:worker_threads'
import { load } from './hooks.ts'
import type { Hunter } from './hunt.ts'
import type { Order } from './hunts.ts'

parentPort?.on('message', async ({ hunter, mutant, ...ground }: Order) => {
  const began = performance.now()
  const { hunt } = (await load(hunter, mutant)) as Hunter
  const found = await hunt(ground)
  parentPort?.postMessage({ mutant, ...found, took: performance.now() - began })
})
