import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { batchSize, eventsAfter } from './event-source.ts'

async function eventFile(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'oarlock-events-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const path = join(directory, 'events.ndjson')
  await appendFile(path, '')
  return path
}

const { signal } = new AbortController()

it('yields the events after a position, and then new ones', async () => {
  const path = await eventFile()
  await appendFile(path, 'a\nb\nc\n')
  const events = eventsAfter(path, 1, { signal })
  expect((await events.next()).value).toEqual([
    { position: 2, text: 'b' },
    { position: 3, text: 'c' },
  ])
  await appendFile(path, 'd\n')
  expect((await events.next()).value).toEqual([{ position: 4, text: 'd' }])
  await events.return(null)
})

it('yields no event before its whole line is written', async () => {
  const path = await eventFile()
  await appendFile(path, 'a\nhal')
  const events = eventsAfter(path, 0, { signal })
  expect((await events.next()).value).toEqual([{ position: 1, text: 'a' }])
  const next = events.next()
  await appendFile(path, 'f ü')
  await appendFile(path, ' of it\n')
  expect((await next).value).toEqual([{ position: 2, text: 'half ü of it' }])
  await events.return(null)
})

it('yields many events in batches', async () => {
  const path = await eventFile()
  await appendFile(path, 'x\n'.repeat(batchSize + 1))
  const events = eventsAfter(path, 0, { signal })
  expect((await events.next()).value).toHaveLength(batchSize)
  expect((await events.next()).value).toEqual([{ position: batchSize + 1, text: 'x' }])
  await events.return(null)
})

it('throws the reason of its signal', async () => {
  const controller = new AbortController()
  const events = eventsAfter(await eventFile(), 0, controller)
  const next = events.next()
  controller.abort(new Error('leads no longer'))
  await expect(next).rejects.toThrow()
})
