import { AsyncLocalStorage } from 'node:async_hooks'
import type { TaskContext } from '@oarlock/runtime'

/** Follows the tasks of one election, so that a task can close its own member. */
export const newTaskContext = (): TaskContext => new AsyncLocalStorage<object>()
