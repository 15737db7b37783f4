import { aborted, event, nextTurn } from '@oarlock/test-support/event'
import { createTask, type RunCoordinator, type TaskContext } from 'node-cron'
import { describe, expect, it } from 'vitest'
import { start } from '../../test/app.ts'
import { LeaderElectionService, OarlockModule } from '../index.ts'
import { leaderRunCoordinator } from './index.ts'

const imports = [OarlockModule.forRoot({ redis: 'redis://127.0.0.1:1' })]

async function setUp() {
  const app = await start({ imports })
  const coordinator: RunCoordinator = leaderRunCoordinator(app.get(LeaderElectionService))
  return { app, coordinator }
}

describe('leaderRunCoordinator', () => {
  it('lets tasks run on the leader only', async () => {
    const { app, coordinator } = await setUp()
    await using _ = app
    expect(await coordinator.shouldRun('nightly:1', 1000)).toBe(false)
    app.election.win()
    expect(await coordinator.shouldRun('nightly:2', 1000)).toBe(true)
    await coordinator.onComplete?.('nightly:2')
    app.election.expire()
    expect(await coordinator.shouldRun('nightly:3', 1000)).toBe(false)
  })

  it('makes shutdown wait for running tasks', async () => {
    const { app, coordinator } = await setUp()
    const leadership = app.election.win()
    await nextTurn()
    await coordinator.shouldRun('nightly:1', 1000)
    const closing = app.close()
    await aborted(leadership.signal)
    await nextTurn()
    expect(leadership.held).toBe(true)
    await coordinator.onComplete?.('nightly:1')
    await closing
  })

  it("works with node-cron's distributed tasks", async () => {
    const { app, coordinator } = await setUp()
    await using _ = app
    const [skipped, finished] = [event<TaskContext>(), event<TaskContext>()]
    const task = createTask('* * * * * *', () => {}, {
      name: 'each second',
      distributed: true,
      runCoordinator: coordinator,
    })
    task.on('execution:skipped', (context) => skipped.happen(context))
    task.on('execution:finished', (context) => finished.happen(context))
    await task.start()
    try {
      expect(await skipped.happened).toMatchObject({ reason: 'not-elected' })
      app.election.win()
      await finished.happened
    } finally {
      await task.destroy()
    }
  })
})
