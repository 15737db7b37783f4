import type { StateMachine } from '@oarlock/runtime'
import { describe, expect, it } from 'vitest'
import { Cluster } from '../../test/cluster.ts'
import { ListMachine } from '../../test/list-machine.ts'
import { MemoryLogStore } from '../index.ts'
import { join } from './join.ts'

type Query = 'list' | 'throw' | 'promise'

/** Collects its commands. The result of each is its index. */
const list = (): StateMachine<string, number, Query, readonly string[]> => {
  const items: string[] = []
  return {
    apply(command, { index }) {
      items.push(command)
      return index
    },
    query(query) {
      if (query === 'throw') throw new RangeError('not today')
      if (query === 'promise') return Promise.resolve([]) as never
      return [...items]
    },
  }
}

describe('a read', () => {
  it('sees what was proposed before it, on every member', async () => {
    await using cluster = await new Cluster<string, number, Query, readonly string[]>(3, () => ({
      machine: list(),
    })).start()
    await cluster.leading()
    const written: string[] = []
    for (const [at, writer] of cluster.members.entries()) {
      const index = await writer.propose(`${at}`)
      written.push(`${at}`)
      for (const reader of cluster.members) {
        expect(await reader.read('list')).toEqual(written)
        expect(await reader.read('list', { consistency: 'lease' })).toEqual(written)
        expect(await reader.read('list', { consistency: { atLeast: index } })).toEqual(written)
        expect(written.join()).toContain((await reader.read('list', { consistency: 'local' })).join())
      }
    }
  })

  it('waits for a leader, and for what it must see; a local one does not', async () => {
    await using cluster = await new Cluster<string, number, Query, readonly string[]>(3, () => ({
      machine: list(),
      readTimeout: 200,
    })).start()
    const { member } = await cluster.leading()
    const index = await member.propose('x')
    cluster.isolate(member)
    const { signal } = new AbortController()
    const refused = { code: 'OARLOCK_READ_TIMEOUT', outcome: 'not-a-write' }
    await expect(member.read('list', { signal })).rejects.toMatchObject(refused)
    await expect(member.read('list', { consistency: { atLeast: index + 1 } })).rejects.toMatchObject(refused)
    expect(await member.read('list', { consistency: 'local' })).toEqual(['x'])
    const aborted = member.read('list', { signal: AbortSignal.abort('enough') })
    await expect(aborted).rejects.toMatchObject({ code: 'OARLOCK_READ_ABORTED', cause: 'enough' })
  })

  it('whose query fails is rejected, and the member goes on', async () => {
    await using cluster = await new Cluster<string, number, Query, readonly string[]>(1, () => ({
      machine: list(),
    })).start()
    const { member } = await cluster.leading()
    await expect(member.read('throw')).rejects.toMatchObject({
      code: 'OARLOCK_QUERY',
      outcome: 'not-a-write',
      message: 'the state machine failed at the query: not today',
      cause: new RangeError('not today'),
    })
    await expect(member.read('promise')).rejects.toThrow(/query returned a promise/)
    await member.propose('x')
    expect(await member.read('list')).toEqual(['x'])
  })

  it('waits while the state is being restored from a snapshot, whatever its consistency', async () => {
    const restoring = Promise.withResolvers<void>()
    let isRestoring: () => void = () => {}
    const began = new Promise<void>((resolve) => {
      isRestoring = resolve
    })
    const readable = () => {
      const machine = new ListMachine()
      const { format, take, restore } = machine.snapshots
      const held: typeof restore = async (chunks, of) => {
        isRestoring()
        await restoring.promise
        await restore(chunks, of)
      }
      return {
        apply: (command: string) => machine.apply(command),
        query: (_: 'list') => machine.items,
        snapshots: { format, take, restore: held },
      }
    }
    const store = new MemoryLogStore()
    await using cluster = await new Cluster<string, number, 'list', readonly string[]>(1, () => ({
      machine: readable(),
      logStore: store,
    })).start()
    const { member } = await cluster.leading()
    await member.propose('x')
    await member.snapshot()
    await member.close()
    await cluster.start('a')
    await began
    const again = cluster.member('a')
    const events: string[] = []
    const reads = (['local', { atLeast: 1 }] as const).map(async (consistency) => {
      const items = await again.read('list', { consistency })
      events.push(`read ${items}`)
    })
    // The member takes part meanwhile, and turns pass.
    await new Promise(setImmediate)
    await new Promise(setImmediate)
    events.push('restored')
    restoring.resolve()
    await Promise.all(reads)
    expect(events).toEqual(['restored', 'read x', 'read x'])
  })

  it('needs a state machine with a query', async () => {
    const refused = (why: RegExp) => ({
      code: 'OARLOCK_NOT_READABLE',
      outcome: 'not-a-write',
      message: expect.stringMatching(why),
    })
    await using without = await new Cluster(1, () => ({ machine: { apply() {} } })).start()
    const read = without.members[0]!.read(undefined as never)
    await expect(read).rejects.toMatchObject(refused(/^the state machine has no method query/))
    await using none = await new Cluster(1).start()
    await expect(none.members[0]!.read(undefined as never)).rejects.toMatchObject(refused(/no state machine/))
    await using elects = await new Cluster(1, () => ({ purpose: 'election' })).start()
    await expect(elects.members[0]!.read(undefined as never)).rejects.toMatchObject(refused(/'election'/))
    await using witness = await new Cluster(1, () => ({ kind: 'witness' })).start()
    await expect(witness.members[0]!.read(undefined as never)).rejects.toMatchObject(refused(/a witness/))
  })

  it('refuses options that it does not know, and fails once the member is closed', async () => {
    await using cluster = await new Cluster<string, number, Query, readonly string[]>(1, () => ({
      machine: list(),
    })).start()
    const { member } = await cluster.leading()
    const wrong: [options: unknown, message: RegExp][] = [
      [new AbortController().signal, /^read: the signal stands where the options belong/],
      [{ consistency: 'strong' }, /^read: consistency must be 'linearizable', 'lease', 'local' or/],
      [{ consistency: { atLeast: -1 } }, /^read: consistency must be/],
      [{ consistency: { atLeast: '5' } }, /^read: consistency must be/],
      [{ consistancy: 'local' }, /^read: unknown option 'consistancy': did you mean 'consistency'\?$/],
    ]
    for (const [options, message] of wrong)
      await expect(member.read('list', options as object)).rejects.toThrow(message)
    await member.close()
    await expect(member.read('list', { consistency: 'local' })).rejects.toMatchObject({
      code: 'OARLOCK_MEMBER_CLOSED',
      outcome: 'not-a-write',
    })
  })

  it('has the types of the query and its answer', () => {
    const options = { id: 'a', peers: { a: '127.0.0.1:1' }, data: './data' }
    // Only compiled: a machine without `query` takes no query.
    const never = async () => {
      const answer: readonly string[] = await (await join({ ...options, machine: list() })).read('list')
      // @ts-expect-error: not a query of this machine
      await (await join({ ...options, machine: list() })).read('other')
      // @ts-expect-error: there is no query
      await (await join({ ...options, machine: { apply: (command: number) => command } })).read('list')
      return answer
    }
    expect(never).toBeTypeOf('function')
  })
})
