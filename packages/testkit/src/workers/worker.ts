// A worker thread: runs the blocks that it is sent, one at a time, and reports on each.
import { parentPort } from 'node:worker_threads'
import { type Block, runBlock } from './block.ts'

parentPort?.on('message', (block: Block) => parentPort?.postMessage(runBlock(block)))
