import { expect, test } from 'vitest'
import { NodeProcess } from './node-process.ts'

test('who waits for a line of a process that ends is told so, with its standard error', async () => {
  await using child = NodeProcess.of(
    `console.log('begun'); console.error('as expected'); process.exitCode = 3`,
  )
  expect(await child.line((line) => line === 'begun')).toBe('begun')
  await expect(child.line((line) => line === 'done')).rejects.toThrow(
    /ended with 3 before it said anything like .*done[\s\S]*begun\nas expected/,
  )
})

test('the end of a process is known to who asks when it is over, and so is what it said', async () => {
  await using child = NodeProcess.of(`console.log('open'); setInterval(() => {}, 60_000)`)
  await child.line((line) => line === 'open')
  child.child.kill('SIGKILL')
  expect(await child.ended).toEqual([null, 'SIGKILL'])
  expect(await child.ended).toEqual([null, 'SIGKILL'])
  expect(await child.line((line) => line === 'open')).toBe('open')
  expect(child.running).toBe(false)
})
