// The program of the thread of a member with `isolate`. In a bundle it is a file of its own.
import { parentPort, workerData } from 'node:worker_threads'
import { runMember } from './isolated/worker-thread.ts'

if (parentPort !== null) void runMember(workerData, parentPort)
