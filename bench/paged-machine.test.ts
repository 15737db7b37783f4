import { index } from '@oarlock/core'
import { expect, it } from 'vitest'
import { PagedMachine, recordBytes, writeRecord } from './paged-machine.ts'

const MIB = 2 ** 20

async function bytesOf(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const chunk of chunks) parts.push(chunk.slice())
  return Buffer.concat(parts)
}

const command = (record: number, value: number): Uint8Array =>
  writeRecord(new Uint8Array(recordBytes).fill(value), record)

it('a snapshot is of the state at the call, whatever is applied while it is read', async () => {
  const machine = new PagedMachine(3 * MIB)
  const before = await bytesOf(machine.snapshots.take())
  expect(before).toHaveLength(3 * MIB)
  const view = machine.snapshots.take()
  for (let record = 0; record < 40_000; record += 100)
    machine.apply(command(record, 7), { index: index(record) })
  expect((await bytesOf(view)).equals(before)).toBe(true)
  expect((await bytesOf(machine.snapshots.take())).equals(before)).toBe(false)
})

it('its state is restored from chunks of any size', async () => {
  const machine = new PagedMachine(2 * MIB)
  for (let record = 0; record < 20_000; record++)
    machine.apply(command(record, record), { index: index(record) })
  const bytes = await bytesOf(machine.snapshots.take())
  const restored = new PagedMachine()
  await restored.restore(
    (async function* () {
      for (let at = 0; at < bytes.length; at += 700_001) yield bytes.subarray(at, at + 700_001)
    })(),
  )
  expect((await bytesOf(restored.snapshots.take())).equals(bytes)).toBe(true)
})
