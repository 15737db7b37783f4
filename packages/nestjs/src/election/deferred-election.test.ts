import { event, nextTurn } from '@oarlock/test-support/event'
import { expect, it } from 'vitest'
import { TestElection } from '../testing/index.ts'
import { DeferredElection } from './deferred-election.ts'

it('before it is opened it has no leader, and its observers see the later leaders', async () => {
  const deferred = new DeferredElection()
  const seen: (string | undefined)[] = []
  const observing = (async () => {
    for await (const leader of deferred.observe()) seen.push(leader?.id)
  })()
  await nextTurn()
  expect(seen).toEqual([undefined])
  const election = new TestElection('me')
  election.win()
  await deferred.open(() => election)
  await nextTurn()
  expect(seen).toEqual([undefined, 'me'])
  await deferred.close()
  await observing
})

it('if it is closed while it opens, it closes the election as soon as that is open', async () => {
  const deferred = new DeferredElection()
  const [made, election] = [event<TestElection>(), new TestElection()]
  const opening = deferred.open(() => made.happened)
  const closing = deferred.close()
  made.happen(election)
  await opening
  await closing
  await election.closed
  await deferred.closed
})

it('if opening fails it can still be closed, and all who wait for it are answered', async () => {
  const deferred = new DeferredElection()
  const leading = deferred.lead(async () => 'led')
  const transferring = deferred.transferLeadership()
  const opening = deferred.open(() => Promise.reject(new Error('no address')))
  await expect(opening).rejects.toThrow('no address')
  await deferred.close()
  await deferred.closed
  expect(await leading).toBeUndefined()
  await expect(transferring).rejects.toMatchObject({ code: 'OARLOCK_MEMBER_CLOSED' })
  for await (const leader of deferred.observe()) expect(leader).toBeNull()
})

it('once closed it is not opened', async () => {
  const deferred = new DeferredElection()
  await deferred.close()
  await deferred.open(() => expect.unreachable())
  await deferred[Symbol.asyncDispose]()
})

it('return() ends an observation at once while next() waits, before and after it is opened', async () => {
  const deferred = new DeferredElection()
  for (const open of [() => {}, () => deferred.open(() => new TestElection())]) {
    await open()
    const seen = deferred.observe()
    await seen.next()
    const waiting = seen.next()
    await nextTurn()
    expect(await seen.return()).toMatchObject({ done: true })
    expect(await waiting).toMatchObject({ done: true })
  }
})
