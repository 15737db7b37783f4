import { expect, test } from 'vitest'
import { NodeProcess } from './node-process.ts'

test('waiting for a line fails when the process ends, with its standard error', async () => {
  await using child = NodeProcess.of(
    `console.log('begun'); console.error('as expected'); process.exitCode = 3`,
  )
  expect(await child.line((line) => line === 'begun')).toBe('begun')
  await expect(child.line((line) => line === 'done')).rejects.toThrow(
    /ended with 3 before it printed .*done[\s\S]*begun\nas expected/,
  )
})

test('the end of a process and its output are known after it is over', async () => {
  await using child = NodeProcess.of(`console.log('open'); setInterval(() => {}, 60_000)`)
  await child.line((line) => line === 'open')
  child.child.kill('SIGKILL')
  expect(await child.ended).toEqual([null, 'SIGKILL'])
  expect(await child.ended).toEqual([null, 'SIGKILL'])
  expect(await child.line((line) => line === 'open')).toBe('open')
  expect(child.running).toBe(false)
})
