import { Logger } from '@nestjs/common'
import { afterEach, expect, it, vi } from 'vitest'
import { electionLogger } from './nest-logger.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

it("what an election logs is in Nest's logger, with its facts in the text", () => {
  const said: unknown[][] = []
  for (const level of ['debug', 'log', 'warn', 'error'] as const)
    vi.spyOn(Logger.prototype, level).mockImplementation((...args: unknown[]) => said.push([level, ...args]))
  const log = electionLogger(new Logger('Oarlock'))
  const cause = new Error('of the disk')
  log.debug({}, 'nothing')
  log.info({ id: 'a', fence: 3 }, 'leadership begins')
  log.warn({ ids: ['a', 'b'] }, 'slow')
  log.error({ id: 'a', cause }, 'stopped')
  expect(said).toEqual([
    ['debug', 'nothing'],
    ['log', 'leadership begins (id="a", fence=3)'],
    ['warn', 'slow (ids=["a","b"])'],
    ['error', 'stopped (id="a", cause=of the disk)', cause.stack],
  ])
})
