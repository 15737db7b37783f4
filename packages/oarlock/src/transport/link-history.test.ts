import type { Refusal } from '@oarlock/runtime'
import { expect, it } from 'vitest'
import { LinkHistory } from './link-history.ts'

it('knows since when a link is as it is, while the reason may change', () => {
  let now = 1
  const link = new LinkHistory(() => now++)
  const refusal: Refusal = { reason: 'other-founders', detail: 'first' }
  expect(link.current).toEqual({ state: 'unreachable', since: 1, problem: null })
  link.unreachable('nothing listens there')
  link.unreachable('no answer')
  expect(link.current).toEqual({ state: 'unreachable', since: 1, problem: 'no answer' })
  link.connected()
  expect(link.current).toEqual({ state: 'connected', since: 2 })
  link.unreachable('it closed the connection')
  expect(link.current).toEqual({ state: 'unreachable', since: 3, problem: 'it closed the connection' })
  link.refused('b', refusal)
  link.refused('b', { ...refusal, detail: 'second' })
  expect(link.current).toMatchObject({ state: 'refused', since: 4, refusal: { detail: 'second' } })
  link.refused('a', refusal)
  expect(link.current).toMatchObject({ since: 5, by: 'a' })
  link.refused('a', { ...refusal, reason: 'older-copy' })
  expect(link.current).toMatchObject({ since: 6 })
})
