import { expect, it } from 'vitest'
import { EventBus } from './event-bus.ts'

interface Words {
  a: number
  b: string
}

class Bus extends EventBus<Words> {
  readonly failures: unknown[] = []
  protected override listenerFailed(type: keyof Words, cause: unknown): void {
    this.failures.push([type, (cause as Error).message])
  }
}

it('calls every listener, and resolves when all are done', async () => {
  const bus = new Bus()
  const heard: unknown[] = []
  bus.subscribe('a', async (message) => {
    await null
    heard.push(message)
  })
  bus.subscribe('a', (message) => heard.push(message + 1))
  bus.subscribe('b', (message) => heard.push(message))
  await bus.dispatch('a', 1)
  expect(heard.toSorted()).toEqual([1, 2])
})

it('calls no listener after its subscription ended, even if its function is subscribed twice', async () => {
  const bus = new Bus()
  let heard = 0
  const listener = () => heard++
  const end = bus.subscribe('a', listener)
  bus.subscribe('a', listener)
  end()
  end()
  await bus.dispatch('a', 1)
  expect(heard).toBe(1)
})

it('ends the subscriptions to the named events, or to all', async () => {
  const heard: unknown[] = []
  const listening = () => {
    const bus = new Bus()
    bus.subscribe('a', (message) => heard.push(message))
    bus.subscribe('b', (message) => heard.push(message))
    return bus
  }
  const told = async (bus: Bus) => {
    heard.length = 0
    await bus.dispatch('a', 1)
    await bus.dispatch('b', 'x')
    return [...heard]
  }
  const [one, all, clear] = [listening(), listening(), listening()]
  one.clean('a')
  all.clean()
  clear.clear()
  expect(await told(one)).toEqual(['x'])
  expect(await told(all)).toEqual([])
  expect(await told(clear)).toEqual([])
})

it('reports a listener that throws or rejects, and still calls the others', async () => {
  const bus = new Bus()
  const heard: unknown[] = []
  bus.subscribe('a', () => {
    throw new Error('thrown')
  })
  bus.subscribe('a', () => Promise.reject(new Error('rejected')))
  bus.subscribe('a', (message) => heard.push(message))
  await bus.dispatch('a', 1)
  expect(heard).toEqual([1])
  expect(bus.failures).toEqual([
    ['a', 'thrown'],
    ['a', 'rejected'],
  ])
})
