// A member whose disk, state machine or core fails stops at once, and everything that waits is told.
import type { Logger, LogStore, Transport } from '@oarlock/runtime'
import { aborted } from '@oarlock/test-support/event'
import { describe, expect, it, vi } from 'vitest'
import { Cluster } from '../../test/cluster.ts'
import { LogWriteError, MemoryLogStore } from '../index.ts'

const quiet = () => ({ debug() {}, info() {}, warn() {}, error: vi.fn<Logger['error']>() })

/** A log store in memory whose writes fail when the test says so. */
class FailingStore implements LogStore {
  readonly #store = new MemoryLogStore()
  failure: Error | null = null
  closed = false

  open: LogStore['open'] = () => this.#store.open()

  write: LogStore['write'] = (batch) =>
    this.failure === null ? this.#store.write(batch) : Promise.reject(this.failure)

  recordPeers: LogStore['recordPeers'] = (record) => this.#store.recordPeers(record)

  close: LogStore['close'] = () => {
    this.closed = true
    return this.#store.close()
  }
}

describe('a member that cannot go on', () => {
  it('stops when its disk fails, and leadership, tasks, proposals and observers are told', async () => {
    const stores = new Map(['a', 'b', 'c'].map((id) => [id, new FailingStore()]))
    const logger = quiet()
    const cluster = new Cluster<string, unknown>(3, (id) => ({ logStore: stores.get(id)!, logger }))
    await using _ = await cluster.start()
    const { member, leadership } = await cluster.leading()
    const task = member.lead(({ signal }) => aborted(signal).then(() => signal.throwIfAborted()))
    const cause = new LogWriteError('no space left')
    stores.get(member.id)!.failure = cause
    const proposal = member.propose('x')
    await expect(member.closed).rejects.toBe(cause)
    await expect(proposal).rejects.toMatchObject({ code: 'OARLOCK_MEMBER_CLOSED', outcome: 'unknown', cause })
    await expect(task).rejects.toMatchObject({ code: 'OARLOCK_MEMBER_CLOSED', cause })
    await expect(member.propose('y')).rejects.toMatchObject({ outcome: 'not-applied' })
    expect(leadership.held).toBe(false)
    expect(leadership.signal.aborted).toBe(true)
    expect(member.leadership).toBeNull()
    expect(stores.get(member.id)!.closed).toBe(true)
    expect(logger.error).toHaveBeenCalledOnce()
    for await (const _ of member.observe()) expect.unreachable()
    await member.close()
    const next = await cluster.leading(cluster.others(member))
    expect(next.leadership.fence).toBeGreaterThan(leadership.fence)
  })

  it('reports a failure of your own log store as LogWriteError', async () => {
    const logStore = new FailingStore()
    await using cluster = await new Cluster<string, unknown>(1, () => ({ logStore, logger: quiet() })).start()
    const { member } = await cluster.leading()
    const cause = new Error('EIO')
    logStore.failure = cause
    void member.propose('x').catch(() => {})
    await expect(member.closed).rejects.toMatchObject({
      code: 'OARLOCK_LOG_WRITE',
      outcome: 'unknown',
      cause,
    })
  })

  it('stops when its state machine throws', async () => {
    const cause = new Error('division by zero')
    const machine = {
      apply() {
        throw cause
      },
    }
    const logger = quiet()
    await using cluster = await new Cluster<string, never>(1, () => ({ machine, logger })).start()
    const { member } = await cluster.leading()
    const proposal = member.propose('x')
    await expect(proposal).rejects.toMatchObject({ code: 'OARLOCK_MEMBER_CLOSED', outcome: 'unknown' })
    await expect(member.closed).rejects.toMatchObject({ code: 'OARLOCK_STATE_MACHINE', cause })
    expect(logger.error).toHaveBeenCalledOnce()
  })

  it('stops when it cannot decode a command in the log', async () => {
    const cause = new SyntaxError('of another version')
    const codec = {
      encode: (command: string) => Buffer.from(command),
      decode() {
        throw cause
      },
    }
    const machine = { apply: () => 0 }
    await using cluster = await new Cluster<string, number>(1, () => ({
      machine,
      codec,
      logger: quiet(),
    })).start()
    const { member } = await cluster.leading()
    await expect(member.propose('x')).rejects.toMatchObject({ code: 'OARLOCK_MEMBER_CLOSED' })
    await expect(member.closed).rejects.toMatchObject({ code: 'OARLOCK_STATE_MACHINE', cause })
  })

  it('stops when its state machine returns a promise, and the rejection of that does not end the process', async () => {
    const machine = { apply: (() => Promise.reject(new Error('late'))) as () => unknown }
    await using cluster = await new Cluster<string, unknown>(1, () => ({ machine, logger: quiet() })).start()
    const { member } = await cluster.leading()
    await expect(member.propose('x')).rejects.toMatchObject({ code: 'OARLOCK_MEMBER_CLOSED' })
    await expect(member.closed).rejects.toMatchObject({
      code: 'OARLOCK_STATE_MACHINE',
      message: expect.stringMatching(
        /index \d+: apply returned a promise, and it must return its result at once$/,
      ),
    })
  })

  it('stops when its transport throws, whenever that is', async () => {
    const transport: Transport = {
      open: async () => {},
      send() {
        throw new Error('of the transport')
      },
      close: async () => {},
    }
    const options = { transport, logger: quiet() }
    await using cluster = await new Cluster<string, unknown>(2, () => options).start('a')
    await expect(cluster.member('a').closed).rejects.toMatchObject({
      code: 'OARLOCK_TRANSPORT',
      message: expect.stringMatching(/of the transport$/),
    })
  })

  it('stops when its log store throws instead of rejecting', async () => {
    const logStore = new FailingStore()
    await using cluster = await new Cluster<string, unknown>(1, () => ({ logStore, logger: quiet() })).start()
    const { member } = await cluster.leading()
    const cause = new Error('at once')
    logStore.write = () => {
      throw cause
    }
    void member.propose('x').catch(() => {})
    await expect(member.closed).rejects.toMatchObject({ code: 'OARLOCK_LOG_WRITE', cause })
  })
})

describe('a codec that cannot encode a command', () => {
  const encoders: [how: string, encode: () => unknown, why: RegExp][] = [
    [
      'throws',
      () => {
        throw new Error('of the codec')
      },
      /of the codec$/,
    ],
    ['returns a promise', () => Promise.reject(new Error('late')), /codec.encode returned a promise/],
    ['returns no bytes', () => 'text', /codec.encode must return a Uint8Array, and it returned 'text'$/],
  ]
  it.each(encoders)('because it %s makes propose fail, and the member goes on', async (_, encode, why) => {
    const codec = { encode: encode as () => Uint8Array, decode: () => 'x' }
    await using cluster = await new Cluster<string, unknown>(1, () => ({ codec })).start()
    const { member } = await cluster.leading()
    await expect(member.propose('x')).rejects.toMatchObject({
      code: 'OARLOCK_INVALID_COMMAND',
      outcome: 'not-applied',
      message: expect.stringMatching(why),
    })
    expect(member.leadership?.held).toBe(true)
  })
})

it('a logger that throws at every line does not keep a member from leading and closing', async () => {
  const reported = vi.spyOn(console, 'error').mockImplementation(() => {})
  const fail = () => {
    throw new Error('of the logger')
  }
  const logger = { debug: fail, info: fail, warn: fail, error: () => Promise.reject(new Error('late')) }
  const cluster = await new Cluster<string, unknown>(1, () => ({
    logger: logger as unknown as Logger,
  })).start()
  const { member, leadership } = await cluster.leading()
  await member.close()
  await member.closed
  expect(leadership.held).toBe(false)
  expect(reported).toHaveBeenCalledOnce()
  reported.mockRestore()
})

it("Nest's Logger, which has no info, is a logger of a member", async () => {
  const lines: string[] = []
  const logger = { log: (line: string) => lines.push(line), warn() {}, error() {} }
  const cluster = await new Cluster<string, unknown>(1, () => ({ logger })).start()
  const { member } = await cluster.leading()
  await member.close()
  await member.closed
  expect(lines).toContain('leadership begins (id="a", fence=1)')
})

it('a transport that cannot tell its connections keeps no member from running and saying how it is', async () => {
  const transport: Transport = {
    open: async () => {},
    send() {},
    links() {
      throw new Error('of the transport')
    },
    close: async () => {},
  }
  await using cluster = await new Cluster<string, unknown>(1, () => ({ transport })).start()
  const { member } = await cluster.leading()
  expect(member.status().held).toBe(true)
  expect(String(member.why())).toContain('a leads')
})

it('a random number that is not in [0, 1) makes join fail', async () => {
  const cluster = new Cluster<string, unknown>(1, () => ({ random: () => 1 }))
  await expect(cluster.start()).rejects.toMatchObject({
    code: 'OARLOCK_INVALID_OPTIONS',
    message: 'random must return a number in [0, 1), and it returned 1',
  })
})
