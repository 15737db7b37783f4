import { Socket } from 'node:net'
import { numbered, specimens, to } from '@oarlock/testkit/conformance'
import { describe, expect, test, vi } from 'vitest'
import { connected, established, setUp } from '../../test/raw-setting.ts'
import { decodeMessages } from '../wire/index.ts'

const large = (size: number) =>
  to('b')({ type: 'propose', request: null, entries: [{ type: 'normal', data: new Uint8Array(size) }] })

describe('sending over TCP', () => {
  test('nothing in the lane of heartbeats waits for entries that do not leave', async () => {
    await using setting = await setUp()
    const { control, bulk } = await connected(setting)
    bulk.socket.pause()
    setting.transport.send([large(12 * 1024 * 1024), to('b')(numbered(7))])
    for (;;) {
      const [message] = decodeMessages((await control.spoken())!.body)
      if (message?.type === 'heartbeat' && message.commit === 7) break
    }
    expect(setting.transport.stats().get('b')!.queuedBytes).toBeGreaterThan(0)
  })

  test('writes once per peer and lane, however many messages one send has', async () => {
    await using setting = await setUp()
    const peer = await setting.b.welcomed()
    await established(setting, peer)
    const write = vi.spyOn(Socket.prototype, 'write')
    try {
      setting.transport.send(Array.from({ length: 50 }, (_, n) => to('b')(numbered(n))))
      expect(write).toHaveBeenCalledTimes(1)
      setting.transport.send(Array.from({ length: 50 }, (_, n) => [to('b')(numbered(n)), large(n)]).flat())
      expect(write).toHaveBeenCalledTimes(3)
    } finally {
      write.mockRestore()
    }
  })

  test('drops and counts messages that would exceed the bound; the others arrive', async () => {
    await using setting = await setUp({ maxQueueBytes: 1024 * 1024, aliveInterval: 60_000 })
    const { bulk } = await connected(setting)
    bulk.socket.pause()
    const stats = () => setting.transport.stats().get('b')!
    const { sentMessages: before, droppedMessages: droppedBefore } = stats()
    while (stats().droppedMessages === droppedBefore) {
      setting.transport.send([large(60_000), large(60_000)])
      expect(stats().queuedBytes).toBeLessThanOrEqual(1024 * 1024)
      await new Promise(setImmediate)
    }
    expect(stats().queuedBytes).toBeGreaterThan(900_000)
    expect(setting.log.warnings.map(({ message }) => message)).toEqual([
      "dropping messages to 'b': it receives them more slowly than they are sent",
    ])
    expect(setting.transport.drops().messages['queue-full']).toBeGreaterThan(0)
    const sent = stats().sentMessages - before
    bulk.socket.resume()
    let arrived = 0
    while (arrived < sent) arrived += decodeMessages((await bulk.spoken())!.body).length
    expect(stats().sentMessages - before).toBe(sent)
  })

  test('by default drops nothing of what the core has in flight at most, though nothing leaves', async () => {
    await using setting = await setUp({ aliveInterval: 60_000 })
    const { bulk } = await connected(setting)
    bulk.socket.pause()
    const mebibyte = 1024 * 1024
    const append = (size: number) =>
      to('b')({
        ...specimens.append,
        entries: [{ ...specimens.append.entries[0]!, data: new Uint8Array(size) }],
      })
    const { droppedMessages: before } = setting.transport.stats().get('b')!
    // A full window, on top of which one append of the longest command may go, and forwarded proposals.
    setting.transport.send(Array.from({ length: 16 }, () => append(mebibyte)))
    setting.transport.send([append(16 * mebibyte), large(4 * mebibyte)])
    expect(setting.transport.stats().get('b')!.droppedMessages).toBe(before)
  })

  test('one message may be longer than the bound if no other waits', async () => {
    await using setting = await setUp({ maxQueueBytes: 1000 })
    const { bulk } = await connected(setting)
    const stats = () => setting.transport.stats().get('b')!
    while (stats().queuedBytes > 0) await new Promise(setImmediate)
    const { droppedMessages: before } = stats()
    setting.transport.send([large(100_000), large(1)])
    const [message] = decodeMessages((await bulk.spoken())!.body)
    expect(message).toMatchObject({ type: 'propose', entries: [{ data: { length: 100_000 } }] })
    expect(stats().droppedMessages).toBe(before + 1)
  })

  test('a message longer than a frame may be is dropped with a warning; the connection stays', async () => {
    await using setting = await setUp({ maxFrameBytes: 1000 })
    const { bulk } = await connected(setting)
    setting.transport.send([large(1000), large(7), large(1000)])
    const [message] = decodeMessages((await bulk.spoken())!.body)
    expect(message).toMatchObject({ type: 'propose', entries: [{ data: { length: 7 } }] })
    expect(setting.log.warnings.map(({ fields }) => fields)).toEqual([
      { event: 'message-too-long', peer: 'b', message: 'propose', bytes: 1020, maxFrameBytes: 1000 },
    ])
    expect(setting.a.lost).toEqual([])
  })

  test('a reset while sending is reported once, and the peer is dialled again', async () => {
    await using setting = await setUp()
    const peer = await setting.b.welcomed()
    await established(setting, peer)
    peer.socket.resetAndDestroy()
    for (let n = 0; n < 20; n++) {
      setting.transport.send([large(100_000)])
      await new Promise(setImmediate)
    }
    await setting.a.until(() => setting.a.lost.length > 0)
    await established(setting, await setting.b.welcomed())
    expect(setting.a.lost).toEqual(['b'])
  })

  test('close waits for sent messages to leave', async () => {
    await using setting = await setUp({ linger: 30_000 })
    const { bulk } = await connected(setting)
    bulk.socket.pause()
    const size = 12 * 1024 * 1024
    setting.transport.send([large(size)])
    expect(setting.transport.stats().get('b')!.queuedBytes).toBeGreaterThan(0)
    const closing = setting.transport.close()
    bulk.socket.resume()
    const [message] = decodeMessages((await bulk.spoken())!.body)
    expect(message).toMatchObject({ type: 'propose', entries: [{ data: { length: size } }] })
    await closing
  })

  test('close does not wait for long', async () => {
    await using setting = await setUp({ linger: 10 })
    const { bulk } = await connected(setting)
    bulk.socket.pause()
    setting.transport.send([large(12 * 1024 * 1024)])
    await setting.transport.close()
    expect(setting.transport.stats().get('b')!.connected).toBe(false)
  })
})
