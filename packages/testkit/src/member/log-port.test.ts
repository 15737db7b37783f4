import { expect, test, vi } from 'vitest'
import { Random, World } from '../world/index.ts'
import type { Host } from './host.ts'
import { LogPort } from './log-port.ts'

test('a crash during a write strikes the process that writes, and none that was started after it', () => {
  const world = new World()
  const crash = vi.fn()
  const node = { up: true, life: 1, crash, loop: { busy: 0 }, disk: { write: () => 10 } }
  const write = () => {
    const port = new LogPort(node as unknown as Host, world, new Random(1))
    port.crashPoint = 'duringWrite'
    port.write([], () => {})
  }
  write()
  node.life = 2
  while (world.step(100));
  expect(crash).not.toHaveBeenCalled()
  write()
  while (world.step(200));
  expect(crash).toHaveBeenCalledOnce()
})
