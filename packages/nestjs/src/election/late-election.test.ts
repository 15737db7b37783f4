import { event, settled } from '@oarlock/test-support/event'
import { expect, it } from 'vitest'
import { TestElection } from '../testing/index.ts'
import { LateElection } from './late-election.ts'

it('an election that is not open yet has no leader, and whoever observes it sees what comes', async () => {
  const late = new LateElection()
  const seen: (string | undefined)[] = []
  const observing = (async () => {
    for await (const leader of late.observe()) seen.push(leader?.id)
  })()
  await settled()
  expect(seen).toEqual([undefined])
  const election = new TestElection('me')
  election.win()
  await late.open(() => election)
  await settled()
  expect(seen).toEqual([undefined, 'me'])
  await late.close()
  await observing
})

it('an election that is closed while it opens is closed when it is open', async () => {
  const late = new LateElection()
  const [made, election] = [event<TestElection>(), new TestElection()]
  const opening = late.open(() => made.happened)
  const closing = late.close()
  made.happen(election)
  await opening
  await closing
  await election.closed
  await late.closed
})

it('an election that could not be opened closes all the same, and nobody waits for it in vain', async () => {
  const late = new LateElection()
  const leading = late.lead(async () => 'led')
  const transferring = late.transferLeadership()
  const opening = late.open(() => Promise.reject(new Error('no address')))
  await expect(opening).rejects.toThrow('no address')
  await late.close()
  await late.closed
  expect(await leading).toBeUndefined()
  await expect(transferring).rejects.toMatchObject({ code: 'OARLOCK_MEMBER_CLOSED' })
  for await (const leader of late.observe()) expect(leader).toBeNull()
})

it('an election that is closed does not open any more', async () => {
  const late = new LateElection()
  await late.close()
  await late.open(() => expect.unreachable())
  await late[Symbol.asyncDispose]()
})
