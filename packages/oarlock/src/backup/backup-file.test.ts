// The file of a backup: written, read back, damaged.
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { BackupInfo } from '@oarlock/runtime'
import { afterAll, describe, expect, it } from 'vitest'
import { BackupError } from '../errors.ts'
import { blockBytes, checksumBytes, encodeHeader } from './format.ts'
import { BackupFile, backupFormat, restorationOf } from './index.ts'

const directory = mkdtempSync(path.join(tmpdir(), 'oarlock-backup-'))
afterAll(() => rmSync(directory, { recursive: true }))

const content = Buffer.from(Array.from({ length: 2 * blockBytes + 100 }, (_, at) => (at * 7) % 251))
const infoOf = (bytes: Uint8Array): BackupInfo => ({
  cluster: 'shop',
  id: 'a',
  index: 12,
  entryTerm: 3,
  term: 5,
  generation: 0,
  leaderTime: 1000,
  members: [{ id: 'a', kind: 'voter', address: null }],
  machineFormat: 1,
  size: bytes.length,
  digest: createHash('sha256').update(bytes).digest('hex'),
})

async function* inPieces(bytes: Uint8Array, length = 50_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

const file = path.join(directory, 'shop.backup')
const save = (bytes: Uint8Array = content, info = infoOf(bytes)) =>
  backupFormat.save(file, backupFormat.encode(info, inPieces(bytes)))

async function readBack(of = file): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const bytes of (await BackupFile.open(of)).content()) parts.push(bytes)
  return Buffer.concat(parts)
}

/** The file with other bytes, under another name. */
function changed(change: (bytes: Buffer) => Buffer): string {
  const other = path.join(directory, 'changed.backup')
  writeFileSync(other, change(Buffer.from(readFileSync(file))))
  return other
}

const flipped = (at: number): string =>
  changed((bytes) => {
    bytes[at]! ^= 1
    return bytes
  })

describe('a backup', () => {
  it.each([0, 1, blockBytes, blockBytes + 1, 2 * blockBytes + 100])(
    'of %i bytes is read as it was written',
    async (length) => {
      const bytes = content.subarray(0, length)
      await save(bytes)
      expect((await BackupFile.open(file)).info).toEqual(infoOf(bytes))
      expect(await readBack()).toEqual(bytes)
    },
  )

  it('has a name of its own, also if another one has the same content', async () => {
    await save()
    const { id } = await BackupFile.open(file)
    expect(id).toMatch(/^[0-9a-f]{16}$/)
    await save(content, { ...infoOf(content), term: 6 })
    expect((await BackupFile.open(file)).id).not.toBe(id)
  })

  it('replaces an older one when it is whole, and leaves it if it cannot be written', async () => {
    await save(content)
    const before = readFileSync(file)
    const failing = async function* (): AsyncGenerator<Uint8Array> {
      yield content
      throw new Error('the source is gone')
    }
    await expect(backupFormat.save(file, failing())).rejects.toMatchObject({
      code: 'OARLOCK_BACKUP',
      reason: 'not-written',
      message: expect.stringContaining('the source is gone'),
    })
    expect(readFileSync(file)).toEqual(before)
    expect(readdirSync(directory).filter((name) => name.endsWith('.tmp'))).toEqual([])
    await expect(
      backupFormat.save(path.join(directory, 'none', 'x.backup'), inPieces(content)),
    ).rejects.toMatchObject({ reason: 'not-written', message: expect.stringContaining('ENOENT') })
  })
})

describe('a backup is refused', () => {
  const refusal = async (of: string): Promise<{ reason: string; message: string }> => {
    const error = await readBack(of).then(
      () => null,
      (cause: unknown) => cause,
    )
    expect(error).toBeInstanceOf(BackupError)
    return error as BackupError
  }

  it('by its block, whatever byte of it is damaged', async () => {
    await save()
    const { length } = encodeHeader(infoOf(content))
    const whole = blockBytes + checksumBytes
    for (const [at, block] of [
      [length, 0],
      [length + whole - 1, 0],
      [length + whole, 1],
      [length + 2 * whole + 50, 2],
    ] as const)
      expect(await refusal(flipped(at))).toMatchObject({
        reason: 'damaged',
        message: expect.stringContaining(
          `is damaged at byte ${length + block * whole}: the checksum of block ${block} does not match`,
        ),
      })
  })

  it('if two blocks have changed places, or come from another backup', async () => {
    await save()
    const { length } = encodeHeader(infoOf(content))
    const whole = blockBytes + checksumBytes
    const swapped = changed((bytes) => {
      const [first, second] = [0, 1].map((n) =>
        Buffer.from(bytes.subarray(length + n * whole, length + (n + 1) * whole)),
      )
      second!.copy(bytes, length)
      first!.copy(bytes, length + whole)
      return bytes
    })
    const block0 = { reason: 'damaged', message: expect.stringContaining('of block 0 does not match') }
    expect(await refusal(swapped)).toMatchObject(block0)
    const other = encodeHeader({ ...infoOf(content), term: 6 })
    expect(await refusal(changed((bytes) => Buffer.concat([other, bytes.subarray(length)])))).toMatchObject(
      block0,
    )
  })

  it('if it is cut short anywhere, or its header is damaged', async () => {
    await save()
    const { length } = readFileSync(file)
    for (const end of [17, 100, 400, 70_000, length - 1])
      expect(await refusal(changed((bytes) => bytes.subarray(0, end)))).toMatchObject({ reason: 'damaged' })
    expect(await refusal(flipped(40))).toMatchObject({ reason: 'damaged' })
  })

  it('if it is none, comes from a newer version, or is not there', async () => {
    await save()
    expect(await refusal(flipped(0))).toMatchObject({ reason: 'no-backup' })
    expect(await refusal(changed(() => Buffer.alloc(0)))).toMatchObject({ reason: 'no-backup' })
    const newer = changed((bytes) => {
      bytes.writeUInt32LE(2, 8)
      return bytes
    })
    expect(await refusal(newer)).toMatchObject({ reason: 'newer-version' })
    expect(await refusal(path.join(directory, 'none'))).toMatchObject({
      reason: 'not-read',
      message: expect.stringContaining('ENOENT'),
    })
  })

  it('if its content is not that of its description, or its term leaves no room', async () => {
    await save(content, { ...infoOf(content), digest: '00'.repeat(32) })
    expect(await refusal(file)).toMatchObject({ reason: 'damaged' })
    await save(content, { ...infoOf(content), term: 2 ** 53 - 2 ** 41 + 1 })
    const backup = await BackupFile.open(file)
    expect(() => restorationOf(backup, false)).toThrow(BackupError)
  })
})
