// `npm run soak`: does the memory of a member stay what it was, and its disk within the bound, while it
// writes at full speed for an hour?
import { setTimeout as sleep } from 'node:timers/promises'
import { note } from '../part.ts'
import { cleanUpAtExit, dataFolder, kill, removeFolder } from '../processes.ts'
import { record } from '../record.ts'
import { table, whole } from '../table.ts'
import { parseFlags, type SoakFlags, usage } from './flags.ts'
import { type MemberProcess, startMembers } from './members.ts'
import type { Counts } from './protocol.ts'
import { allowedGrowth, isSound, judge, type MemberVerdict, type Sample, windowsOf } from './verdict.ts'

const MIB = 2 ** 20
const stateBytes = 8 * MIB
/** The default of `snapshots.everyBytes`. */
const everyBytes = 64 * MIB

interface MemberSample extends Sample, Counts {
  readonly id: string
}

/** All members at one moment. */
interface Line {
  /** Since the beginning, in seconds. */
  readonly at: number
  /** A second, since the last line. */
  readonly commits: number
  readonly reads: number
  readonly members: readonly MemberSample[]
}

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0)
const mib = (bytes: number): string => whole(bytes / MIB)

const shown = ({ at, commits, reads, members }: Line): string =>
  [
    `${whole(at).padStart(5)} s ${whole(commits).padStart(8)} commits/s ${whole(reads).padStart(7)} reads/s`,
    ...members.map(
      ({ id, leads, rss, heapUsed, logMemory, disk }) =>
        `${id}${leads ? '*' : ' '} rss ${mib(rss)} heap ${mib(heapUsed)} log ${mib(logMemory)} disk ${mib(disk)}`,
    ),
  ].join(' | ')

async function measure(members: readonly MemberProcess[], { minutes, every }: SoakFlags): Promise<Line[]> {
  const lines: Line[] = []
  await Promise.race(members.map(({ writes }) => writes))
  const began = performance.now()
  const seconds = () => (performance.now() - began) / 1000
  const looking = setInterval(() => {
    for (const member of members) member.lookAtDisk()
  }, 1000)
  try {
    let before = { at: 0, commit: 0, reads: 0 }
    for (let next = every; next <= minutes * 60 + 0.001; next += every) {
      await sleep(Math.max(0, next - seconds()) * 1000)
      const counts = await Promise.all(members.map((member) => member.counts()))
      const at = seconds()
      const commit = Math.max(...counts.map((one) => one.commit))
      const reads = sum(counts.map((one) => one.reads))
      const elapsed = at - before.at
      const line = {
        at,
        commits: (commit - before.commit) / elapsed,
        reads: (reads - before.reads) / elapsed,
        members: members.map((member, n) => ({
          ...counts[n]!,
          id: member.id,
          at: next,
          disk: member.takeMostDisk(),
        })),
      }
      before = { at, commit, reads }
      lines.push(line)
      note(shown(line))
    }
  } finally {
    clearInterval(looking)
  }
  return lines
}

interface Verdict {
  readonly members: Readonly<Record<string, MemberVerdict>>
  readonly sound: boolean
}

function verdictOf(lines: readonly Line[], minutes: number): Verdict {
  const windows = windowsOf(minutes)
  const members: Record<string, MemberVerdict> = {}
  for (const { id } of lines[0]?.members ?? []) {
    const own = lines.flatMap((line) => line.members.filter((member) => member.id === id))
    members[id] = judge(own, windows, everyBytes)
  }
  return { members, sound: Object.values(members).every(isSound) }
}

function textOf(lines: readonly Line[], verdict: Verdict, minutes: number): string {
  const { warm, last } = windowsOf(minutes)
  const end = lines.at(-1)!
  const range = ([from, to]: readonly [number, number]) => `seconds ${whole(from)} to ${whole(to)}`
  const failed = sum(end.members.flatMap((member) => Object.values(member.failed)))
  const rows = end.members.map(({ id, leads, heapUsed, logMemory, snapshots }) => {
    const { warm, last, growth, disk, diskBound } = verdict.members[id]!
    const signed = `${growth >= 0 ? '+' : '−'}${Math.abs(100 * growth).toFixed(1)} %`
    const sizes = [warm, last].map(mib)
    return [
      `${id}${leads ? ', the leader' : ''}`,
      ...sizes,
      signed,
      ...[heapUsed, logMemory, disk, diskBound].map(mib),
      whole(snapshots),
    ]
  })
  const commits = Math.max(...end.members.map(({ commit }) => commit))
  return [
    `Memory is the resident set of each process: the median of ${range(warm)}, and of ${range(last)}. Disk is the most that the directory of a member took, looked at every second; the bound is that of docs/production.md. All sizes are in MiB.`,
    table(
      [
        'member',
        'after warm-up',
        'at the end',
        'growth',
        'heap',
        'tail of the log',
        'most disk',
        'bound',
        'snapshots',
      ],
      rows,
    ),
    `${whole(commits)} entries were committed, ${whole(commits / end.at)} a second, and ${whole(sum(end.members.map(({ reads }) => reads)))} linearizable reads served. Leaderships: ${sum(end.members.map(({ leaderships }) => leaderships))}. Requests that failed: ${whole(failed)}.`,
    `${verdict.sound ? 'PASS' : 'FAIL'}: memory at most ${100 * allowedGrowth} % above what it was after warm-up, and the disk within its bound, on every member`,
  ].join('\n\n')
}

async function main(): Promise<number> {
  const flags = parseFlags(process.argv.slice(2))
  if (flags.help) {
    process.stdout.write(usage)
    return 0
  }
  cleanUpAtExit()
  const folder = dataFolder()
  const { minutes, proposers, readers } = flags
  const members = await startMembers(folder, { stateBytes, proposers, readers }, note)
  for (const { id, child } of members) note(`${id} is process ${child.pid}`)
  const failures = members.map(({ failure }) => failure)
  const lines = await Promise.race([measure(members, flags), ...failures])
  await Promise.all(members.map(({ child }) => kill(child)))
  removeFolder(folder)
  const verdict = verdictOf(lines, minutes)
  const text = textOf(lines, verdict, minutes)
  process.stdout.write(flags.json ? `${JSON.stringify({ lines, ...verdict }, null, 2)}\n` : `\n${text}\n`)
  if (flags.record) record('soak', 'An hour at full load', flags.note, text)
  return verdict.sound ? 0 : 1
}

try {
  process.exit(await main())
} catch (error) {
  note(error instanceof Error ? error.message : String(error))
  process.exit(1)
}
