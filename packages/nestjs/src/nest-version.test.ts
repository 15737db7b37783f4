// The tests run on several versions of Nest. This one proves that each project tests its own version.
import { Module } from '@nestjs/common'
import { Test } from '@nestjs/testing'
import { expect, it } from 'vitest'

@Module({ imports: [undefined as never] })
class Broken {}

it('the project tests the Nest version in its name', async ({ task }) => {
  const major = /^nest(\d+)$/.exec(task.file.projectName ?? '')?.[1]
  const error = await Test.createTestingModule({ imports: [Broken] })
    .compile()
    .catch((reason: Error) => reason)
  const folder = major === '12' ? '' : `test/nest${major}/`
  const frame = /([\w./-]*)node_modules\/@nestjs\/core\//.exec((error as Error).stack ?? '')
  expect(frame?.[1]?.endsWith(folder)).toBe(true)
  expect(frame?.[1]?.includes('test/nest')).toBe(folder !== '')
})
