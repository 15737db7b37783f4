import { Logger } from '@nestjs/common'
import { afterEach, expect, it, vi } from 'vitest'
import { electionLogger } from './nest-logger.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

it("an election logs to Nest's logger, with the fields in the text", () => {
  const logged: unknown[][] = []
  for (const level of ['debug', 'log', 'warn', 'error'] as const)
    vi.spyOn(Logger.prototype, level).mockImplementation((...args: unknown[]) =>
      logged.push([level, ...args]),
    )
  const log = electionLogger(new Logger('Oarlock'))
  const cause = new Error('of the disk')
  log.debug({}, 'nothing')
  log.info({ id: 'a', fence: 3 }, 'leadership begins')
  log.warn({ ids: ['a', 'b'] }, 'slow')
  log.error({ id: 'a', cause }, 'stopped')
  expect(logged).toEqual([
    ['debug', 'nothing'],
    ['log', 'leadership begins (id="a", fence=3)'],
    ['warn', 'slow (ids=["a","b"])'],
    ['error', 'stopped (id="a", cause=of the disk)', cause.stack],
  ])
})
