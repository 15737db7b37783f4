// The input of a run, with its fingerprint, so that another start continues with the same records.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { rename, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { readRecords } from './input.ts'
import { fileProblem, UsageError } from './usage-error.ts'

export interface Source {
  readonly path: string
  /** The name that the user gave. */
  readonly name: string
  readonly bytes: number
  readonly sha256: string
  readonly records: number
}

/** The copy of standard input in a run's directory. */
export const spoolName = 'input'
/** The same while it is still being read. */
export const partialSpoolName = 'input.partial'

/**
 * Takes the fingerprint of a file. Standard input and pipes can be read only once, so they are first copied
 * into the run's directory. Throws a {@link UsageError} if the input cannot be read.
 */
export async function pinSource(
  given: string,
  directory: string,
  stdin: Readable,
  signal: AbortSignal,
): Promise<Source> {
  if (given === '-') return spool(stdin, 'standard input', directory, signal)
  const path = resolve(given)
  try {
    const found = await stat(path)
    if (found.isDirectory()) throw new UsageError(`cannot read the input ${given}: it is a directory`)
    if (!found.isFile()) return await spool(createReadStream(path), given, directory, signal)
    return { path, name: given, ...(await measure(path)) }
  } catch (error) {
    if (error instanceof UsageError || signal.aborted) throw error
    throw new UsageError(`cannot read the input ${given}: ${fileProblem(error)}`)
  }
}

async function spool(
  stream: Readable,
  name: string,
  directory: string,
  signal: AbortSignal,
): Promise<Source> {
  const partial = join(directory, partialSpoolName)
  const path = join(directory, spoolName)
  try {
    await pipeline(stream, createWriteStream(partial, { flush: true }), { signal })
    await rename(partial, path)
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
  return { path, name, ...(await measure(path)) }
}

/** The fingerprint of a stream that is not kept. */
export async function digest(stream: Readable, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(stream, hash, { signal })
  return hash.digest('hex')
}

export async function measure(path: string): Promise<Pick<Source, 'bytes' | 'sha256' | 'records'>> {
  const hash = createHash('sha256')
  let bytes = 0
  const stream = createReadStream(path)
  stream.on('data', (chunk) => {
    hash.update(chunk)
    bytes += chunk.length
  })
  await once(stream, 'end')
  let records = 0
  for await (const _ of readRecords(path, 0, bytes)) records++
  return { bytes, sha256: hash.digest('hex'), records }
}
