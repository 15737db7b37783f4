// A run's directory: what belongs to one run, so that a second start goes on with it and nothing else does.
//
//   run.json            who and what: the cluster's id, the members' addresses, the input's fingerprint, the output
//   member-1/           a member's own log …
//   member-1.log        … and what it had to say
//   journals/           when each member led, per session
//   output.ndjson       unless --output says otherwise
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { freeAddresses } from './addresses.ts'
import type { Options } from './args.ts'
import { fileTrouble, Refusal } from './refusal.ts'
import { digest, measure, partialSpoolName, pinSource, type Source, spoolName } from './source.ts'

/** What run.json holds. */
export interface Manifest {
  readonly format: 1
  /** Random: members of different runs refuse one another. */
  readonly cluster: string
  /** Every member with its 'host:port'. */
  readonly members: Readonly<Record<string, string>>
  readonly source: Source
  readonly output: string
  /** How often the cluster was started, this time included. */
  readonly session: number
}

export interface Run extends Manifest {
  readonly directory: string
  /** Nobody asked for it to be kept. */
  readonly temporary: boolean
}

const invoices: string = resolve(import.meta.dirname, '../invoices.ndjson')

const manifestPath = (directory: string): string => join(directory, 'run.json')
export const memberDirectory = (directory: string, member: string): string => join(directory, member)
export const memberLog = (directory: string, member: string): string => join(directory, `${member}.log`)
export const journalPath = (directory: string, session: number, member: string): string =>
  join(directory, 'journals', `${session}-${member}.ndjson`)

/** Begins a run, or goes on with the one that `--data` holds. Throws a {@link Refusal} if it cannot, and then leaves nothing new behind. */
export async function openRun(options: Options, stdin: Readable, signal: AbortSignal): Promise<Run> {
  if (options.data === null) {
    const directory = await mkdtemp(join(tmpdir(), 'oarlock-singleton-job-'))
    try {
      return { ...(await beginRun(options, directory, stdin, signal)), directory, temporary: !options.keep }
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
        ? await beginRun(options, directory, stdin, signal)
        : await continueRun(options, directory, found, stdin, signal)
    return { ...manifest, directory, temporary: false }
  } catch (error) {
    if (made !== undefined) await rm(made, { recursive: true, force: true })
    throw error
  }
}

/** The first directory that had to be made, if any. */
async function makeDirectory(directory: string): Promise<string | undefined> {
  try {
    return await makePath(directory)
  } catch (error) {
    const trouble = (error as NodeJS.ErrnoException).code === 'EEXIST' ? 'it is a file' : fileTrouble(error)
    throw new Refusal(`cannot use --data ${directory}: ${trouble}; give another directory`)
  }
}

/** As mkdir's `recursive`, which never returns where nothing can be made (in /proc). */
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

/** The run in `directory`, or null if it is empty. */
async function readManifest(directory: string): Promise<Manifest | null> {
  let text: string
  try {
    text = await readFile(manifestPath(directory), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      throw new Refusal(`cannot read ${manifestPath(directory)}: ${fileTrouble(error)}`)
    const others = (await readdir(directory)).filter((name) => name !== partialSpoolName)
    if (others.length > 0)
      throw new Refusal(`${directory} is not empty and holds no run: give --data a new or empty directory`)
    return null
  }
  try {
    const manifest = JSON.parse(text) as Manifest
    if (manifest.format === 1) return manifest
  } catch {
    // Told below.
  }
  throw new Refusal(`${manifestPath(directory)} is not a run of this version: give --data another directory`)
}

/** The manifest of a run that was begun. */
export async function manifestOf(directory: string): Promise<Manifest> {
  return JSON.parse(await readFile(manifestPath(directory), 'utf8')) as Manifest
}

async function beginRun(
  options: Options,
  directory: string,
  stdin: Readable,
  signal: AbortSignal,
): Promise<Manifest> {
  const output = options.output === null ? join(directory, 'output.ndjson') : resolve(options.output)
  await refuseTakenOutput(output)
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

async function refuseTakenOutput(path: string): Promise<void> {
  const found = await stat(path).catch(() => null)
  if (found === null || (found.isFile() && found.size === 0)) return
  if (found.isFile())
    throw new Refusal(`the output ${path} is there already: move it away, or give another --output`)
  throw new Refusal(`the output ${path} is not a file: give another --output`)
}

async function createOutput(path: string): Promise<void> {
  try {
    await (await open(path, 'a')).close()
  } catch (error) {
    throw new Refusal(`cannot write the output ${path}: ${fileTrouble(error)}`)
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
  const whose = `${directory} holds run ${found.cluster} (${Object.keys(found.members).length} members, input ${source.name})`
  const orElse = 'or give --data another directory'
  if (options.members !== null && options.members !== Object.keys(found.members).length)
    throw new Refusal(`${whose}: leave --members out to go on with it, ${orElse}`)
  if (options.output !== null && resolve(options.output) !== found.output)
    throw new Refusal(`${whose}: leave --output out to go on with ${found.output}, ${orElse}`)
  const given = options.input === null ? source.sha256 : await fingerprint(options.input, stdin, signal)
  if (given !== source.sha256) throw new Refusal(`${whose}: leave --input out to go on with it, ${orElse}`)
  if ((await fingerprint(source.path, stdin, signal)) !== source.sha256)
    throw new Refusal(`${whose}, but ${source.path} has changed since: put it back as it was, ${orElse}`)
  await stat(found.output).catch((error: unknown) => {
    throw new Refusal(
      `${whose}, but its output ${found.output} cannot be had (${fileTrouble(error)}): put it back, ${orElse}`,
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
    throw new Refusal(`cannot read the input ${input}: ${fileTrouble(error)}`)
  }
}

/** All or nothing: a start that dies in between leaves the old one. */
async function writeManifest(directory: string, manifest: Manifest): Promise<void> {
  const next = `${manifestPath(directory)}.next`
  await writeFile(next, `${JSON.stringify(manifest, null, 2)}\n`, { flush: true })
  await rename(next, manifestPath(directory))
}
