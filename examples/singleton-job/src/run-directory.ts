// A run's directory. It holds everything of one run, so that another start can continue it.
//
//   run.json            the cluster's id, the members' addresses, the input's fingerprint, the output's path
//   member-1/           a member's data
//   member-1.log        its output
//   journals/           when each member led, per session
//   output.ndjson       the job's output, unless --output names another file
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { freeAddresses } from './addresses.ts'
import type { Options } from './args.ts'
import { digest, measure, partialSpoolName, pinSource, type Source, spoolName } from './source.ts'
import { fileProblem, UsageError } from './usage-error.ts'

/** The content of run.json. */
export interface Manifest {
  readonly format: 1
  /** Random, so that members of different runs reject each other. */
  readonly cluster: string
  /** The members' ids, each with its 'host:port'. */
  readonly members: Readonly<Record<string, string>>
  readonly source: Source
  readonly output: string
  /** How often the cluster was started, including this time. */
  readonly session: number
}

export interface Run extends Manifest {
  readonly directory: string
  /** True if it is removed at the end. */
  readonly temporary: boolean
}

/** With retries, because a member that was just killed may still be writing. */
export const removal = { recursive: true, force: true, maxRetries: 5, retryDelay: 50 } as const

const invoices: string = resolve(import.meta.dirname, '../invoices.ndjson')

const manifestPath = (directory: string): string => join(directory, 'run.json')
export const memberDirectory = (directory: string, member: string): string => join(directory, member)
export const memberLog = (directory: string, member: string): string => join(directory, `${member}.log`)
export const journalPath = (directory: string, session: number, member: string): string =>
  join(directory, 'journals', `${session}-${member}.ndjson`)

/**
 * Starts a run, or continues the one in `--data`. If it cannot, it throws a {@link UsageError} and leaves
 * nothing new behind.
 */
export async function openRun(options: Options, stdin: Readable, signal: AbortSignal): Promise<Run> {
  if (options.data === null) {
    const directory = await mkdtemp(join(tmpdir(), 'oarlock-singleton-job-'))
    try {
      return { ...(await startRun(options, directory, stdin, signal)), directory, temporary: !options.keep }
    } catch (error) {
      await rm(directory, { recursive: true, force: true })
      throw error
    }
  }
  const directory = resolve(options.data)
  const made = await makeDirectory(directory)
  try {
    const found = await readManifest(directory)
    const manifest =
      found === null
        ? await startRun(options, directory, stdin, signal)
        : await continueRun(options, directory, found, stdin, signal)
    return { ...manifest, directory, temporary: false }
  } catch (error) {
    if (made !== undefined) await rm(made, { recursive: true, force: true })
    throw error
  }
}

/** Returns the first directory that had to be created, if any. */
async function makeDirectory(directory: string): Promise<string | undefined> {
  try {
    return await makePath(directory)
  } catch (error) {
    const problem = (error as NodeJS.ErrnoException).code === 'EEXIST' ? 'it is a file' : fileProblem(error)
    throw new UsageError(`cannot use --data ${directory}: ${problem}; give another directory`)
  }
}

/** Like mkdir's `recursive`, which never returns where no directory can be created (in /proc). */
async function makePath(path: string): Promise<string | undefined> {
  try {
    if ((await stat(path)).isDirectory()) return undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  const first = await makePath(dirname(path))
  await mkdir(path)
  return first ?? path
}

/** The manifest in `directory`, or null if the directory is empty. */
async function readManifest(directory: string): Promise<Manifest | null> {
  let text: string
  try {
    text = await readFile(manifestPath(directory), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      throw new UsageError(`cannot read ${manifestPath(directory)}: ${fileProblem(error)}`)
    const others = (await readdir(directory)).filter((name) => name !== partialSpoolName)
    if (others.length > 0)
      throw new UsageError(`${directory} is not empty and holds no run: give --data a new or empty directory`)
    return null
  }
  try {
    const manifest = JSON.parse(text) as Manifest
    if (manifest.format === 1) return manifest
  } catch {
    // Reported below.
  }
  throw new UsageError(
    `${manifestPath(directory)} is not a run of this version: give --data another directory`,
  )
}

/** The manifest of a run that exists. */
export async function manifestOf(directory: string): Promise<Manifest> {
  return JSON.parse(await readFile(manifestPath(directory), 'utf8')) as Manifest
}

async function startRun(
  options: Options,
  directory: string,
  stdin: Readable,
  signal: AbortSignal,
): Promise<Manifest> {
  const output = options.output === null ? join(directory, 'output.ndjson') : resolve(options.output)
  await rejectExistingOutput(output)
  const journals = join(directory, 'journals')
  try {
    const source = await pinSource(options.input ?? invoices, directory, stdin, signal)
    const addresses = await freeAddresses(options.members ?? 3)
    const members = Object.fromEntries(addresses.map((address, i) => [`member-${i + 1}`, address]))
    await createOutput(output)
    await mkdir(journals)
    const manifest: Manifest = {
      format: 1,
      cluster: randomBytes(4).toString('hex'),
      members,
      source,
      output,
      session: 1,
    }
    await writeManifest(directory, manifest)
    return manifest
  } catch (error) {
    await rm(join(directory, spoolName), { force: true })
    throw error
  }
}

async function rejectExistingOutput(path: string): Promise<void> {
  const found = await stat(path).catch(() => null)
  if (found === null || (found.isFile() && found.size === 0)) return
  if (found.isFile())
    throw new UsageError(`the output ${path} exists already: move it away, or give another --output`)
  throw new UsageError(`the output ${path} is not a file: give another --output`)
}

async function createOutput(path: string): Promise<void> {
  try {
    await (await open(path, 'a')).close()
  } catch (error) {
    throw new UsageError(`cannot write the output ${path}: ${fileProblem(error)}`)
  }
}

async function continueRun(
  options: Options,
  directory: string,
  found: Manifest,
  stdin: Readable,
  signal: AbortSignal,
): Promise<Manifest> {
  const { source } = found
  const holder = `${directory} holds run ${found.cluster} (${Object.keys(found.members).length} members, input ${source.name})`
  const orElse = 'or give --data another directory'
  if (options.members !== null && options.members !== Object.keys(found.members).length)
    throw new UsageError(`${holder}: leave --members out to continue it, ${orElse}`)
  if (options.output !== null && resolve(options.output) !== found.output)
    throw new UsageError(`${holder}: leave --output out to continue with ${found.output}, ${orElse}`)
  const given = options.input === null ? source.sha256 : await fingerprint(options.input, stdin, signal)
  if (given !== source.sha256) throw new UsageError(`${holder}: leave --input out to continue it, ${orElse}`)
  if ((await fingerprint(source.path, stdin, signal)) !== source.sha256)
    throw new UsageError(`${holder}, but ${source.path} has changed since: restore it, ${orElse}`)
  await stat(found.output).catch((error: unknown) => {
    throw new UsageError(
      `${holder}, but its output ${found.output} cannot be read (${fileProblem(error)}): restore it, ${orElse}`,
    )
  })
  const manifest = { ...found, session: found.session + 1 }
  await writeManifest(directory, manifest)
  return manifest
}

async function fingerprint(input: string, stdin: Readable, signal: AbortSignal): Promise<string> {
  if (input === '-') return digest(stdin, signal)
  try {
    return (await measure(resolve(input))).sha256
  } catch (error) {
    throw new UsageError(`cannot read the input ${input}: ${fileProblem(error)}`)
  }
}

/** Replaces the manifest atomically: if the process dies in between, the old one stays. */
async function writeManifest(directory: string, manifest: Manifest): Promise<void> {
  const next = `${manifestPath(directory)}.next`
  await writeFile(next, `${JSON.stringify(manifest, null, 2)}\n`, { flush: true })
  await rename(next, manifestPath(directory))
}
