import { AsyncLocalStorage } from 'node:async_hooks'
import type { TaskContext } from '@oarlock/runtime'

/**
 * Follows the tasks of one election, so that a task can close its own member. It costs nothing on Node 24 and
 * later. On Node 22, from the first task on, each `await` of the process takes some tenths of a microsecond more.
 */
export const newTaskContext = (): TaskContext => new AsyncLocalStorage<object>()
