import { getMaxListeners } from 'node:events'
import { expect, it } from 'vitest'
import { newAbortController } from './abort-controller.ts'

it('takes any number of listeners on its signal without a warning', () => {
  expect(getMaxListeners(newAbortController().signal)).toBe(0)
})
