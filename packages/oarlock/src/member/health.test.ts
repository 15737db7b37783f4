// What a member answers to the probes of a platform.
import type { LogStore, Transport } from '@oarlock/runtime'
import { event, until } from '@oarlock/test-support/event'
import { HurriedClock } from '@oarlock/test-support/hurried-clock'
import { describe, expect, it } from 'vitest'
import { Cluster } from '../../test/cluster.ts'
import { ListMachine } from '../../test/list-machine.ts'
import { type Clock, type Health, LogWriteError, MemoryLogStore, processClock } from '../index.ts'

const well = { ok: true, reasons: [] }
const kinds = ({ reasons }: Health) => reasons.map(({ kind }) => kind)

describe('a member', () => {
  it('is ready when it knows a leader and has caught up, and lives without one', async () => {
    await using cluster = new Cluster<string, unknown>(3)
    await cluster.start('a')
    const a = cluster.member('a')
    expect(kinds(a.ready())).toEqual(['waiting'])
    expect(a.live()).toEqual(well)
    await cluster.start('b', 'c')
    const { member } = await cluster.leading()
    await until(() => cluster.members.every((one) => one.ready().ok))
    expect(member.metrics().reads).toMatchObject({ pending: 0, begun: { lease: 0 }, duration: { count: 0 } })
    cluster.isolate(member)
    await until(() => !member.ready().ok)
    expect(kinds(member.ready())).toEqual(['no-leader'])
    expect(member.live()).toEqual(well)
    cluster.network.heal()
    await until(() => member.ready().ok)
    const closing = member.close()
    expect(kinds(member.ready())).toEqual(['closing'])
    await closing
    expect(kinds(member.ready())).toEqual(['closed'])
    expect(member.live()).toEqual(well)
    expect(JSON.parse(JSON.stringify(member.ready()))).toEqual(member.ready())
  })

  it('is not ready while the leader has not said what was committed', async () => {
    const asked: string[] = []
    let isDeaf = true
    const questionsOf = (transport: Transport): Transport =>
      new Proxy(transport, {
        get: (target, name) => {
          const value = Reflect.get(target, name, target)
          if (name !== 'send') return typeof value === 'function' ? value.bind(target) : value
          const send: Transport['send'] = (envelopes) =>
            target.send(
              envelopes.filter(({ message: { type } }) => {
                if (type === 'readIndex') asked.push(type)
                return type !== 'readIndex' || !isDeaf
              }),
            )
          return send
        },
      })
    const timers = new Set<object>()
    const clock: Clock = {
      now: () => processClock.now(),
      at: (at, callback) => {
        const cancel = processClock.at(at, () => {
          timers.delete(timer)
          callback()
        })
        const timer = {}
        timers.add(timer)
        return () => {
          timers.delete(timer)
          cancel()
        }
      },
    }
    const cluster: Cluster<string, unknown> = new Cluster<string, unknown>(3, (id) => ({
      clock,
      // Longer than the stalls of a busy machine: the other one must not lead.
      electionTimeout: 600,
      transport: questionsOf(cluster.network.transport(id)),
    }))
    await using _ = await cluster.start()
    const { member } = await cluster.leading()
    const [other] = cluster.others(member)
    await until(() => other!.leader !== null && member.ready().ok && asked.length > 0)
    expect(kinds(other!.ready())).toEqual(['catching-up'])
    expect(other!.live()).toEqual(well)
    isDeaf = false
    await until(() => other!.ready().ok)
    isDeaf = true
    asked.length = 0
    await other!.close()
    await cluster.start(other!.id)
    await until(() => asked.length > 0)
    await Promise.all(cluster.members.map((one) => one.close()))
    expect(timers.size).toBe(0)
  })

  it('is not ready while it restores a snapshot', async () => {
    const released = event()
    let isSlow = false
    const machine = () => {
      const made = new ListMachine()
      const { snapshots } = made
      const restore = async (chunks: AsyncIterable<Uint8Array>, ...rest: never[]) => {
        if (isSlow) await released.happened
        return (snapshots.restore as (...args: unknown[]) => Promise<void>)(chunks, ...rest)
      }
      return Object.assign(made, { snapshots: { ...snapshots, restore } })
    }
    await using cluster = await new Cluster<string, number>(1, () => ({ machine: machine() })).start()
    const { member } = await cluster.leading()
    await member.propose('x')
    await member.snapshot()
    await member.close()
    isSlow = true
    await cluster.start()
    const again = cluster.member('a')
    expect(kinds(again.ready())).toEqual(['restoring'])
    expect(again.live()).toEqual(well)
    released.happen()
    await until(() => again.ready().ok)
  })
})

/** A log store in memory whose writes fail or stay pending when the test says so. */
class BadStore implements LogStore {
  readonly #store = new MemoryLogStore()
  /** What each write waits for. */
  before: () => Promise<void> = async () => {}

  open: LogStore['open'] = () => this.#store.open()
  write: LogStore['write'] = (batch) => this.before().then(() => this.#store.write(batch))
  recordPeers: LogStore['recordPeers'] = (record) => this.#store.recordPeers(record)
  close: LogStore['close'] = () => this.#store.close()
}

describe('a member is not live', () => {
  it('when it had to stop', async () => {
    const logStore = new BadStore()
    await using cluster = await new Cluster<string, unknown>(1, () => ({ logStore })).start()
    const { member } = await cluster.leading()
    await until(() => member.ready().ok)
    logStore.before = () => Promise.reject(new LogWriteError('no space left'))
    await expect(member.propose('x')).rejects.toThrow()
    const answer = { ok: false, reasons: [{ kind: 'stopped', text: 'a had to stop: no space left.' }] }
    expect(member.live()).toEqual(answer)
    expect(member.ready()).toEqual(answer)
  })

  it('when a write to its disk has been pending for 30 s', async () => {
    const logStore = new BadStore()
    const clock = new HurriedClock()
    await using cluster = await new Cluster<string, unknown>(1, () => ({ logStore, clock })).start()
    const { member } = await cluster.leading()
    await until(() => member.ready().ok)
    const released = event()
    logStore.before = () => released.happened
    const proposal = member.propose('x')
    await until(() => member.status().lastIndex > member.status().durableIndex)
    clock.hurry(29_000)
    expect(member.live()).toEqual(well)
    clock.hurry(1_000)
    expect(kinds(member.live())).toEqual(['write-pending'])
    expect(kinds(member.ready())).toEqual(['write-pending'])
    released.happen()
    await proposal.catch(() => {})
    await until(() => member.live().ok)
  })
})
