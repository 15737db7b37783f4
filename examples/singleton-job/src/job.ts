// A job that only the leader does, each record exactly once, whatever dies and whenever. The pattern, to copy:
//
//  1. Take over: the new leader puts its fence into the log. From then on the state machine refuses every claim with an
//     older fence, even one that is still on its way.
//  2. Redo: the last claim may have been made by a leader that died before, during or after its write. Write it again.
//     A claim determines its bytes and their place, so doing it twice is doing it once.
//  3. Claim, then write: for each record put the intent into the log, and only when it is accepted write those bytes at
//     that place, make them durable, and go on.
//
// Why it holds: record n+1 is claimed only by a leader that made record n durable first (it wrote it, or it redid it), so
// one claim at most is ever open, and whoever leads next redoes it. A leader that was stopped in the middle of a write and
// wakes up long after its successor went on can only put the same bytes in the same place.
//
// `assertHeld` before each step is a courtesy: it ends a leader that was overtaken soon. The safety is in the fence.
//
// When `propose` fails, the claim may be in the log or not (`outcome: 'unknown'`). There is nothing to find out: the task
// ends, and the next leadership reads the truth from the log.
import { type FileHandle, open } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { Leadership } from 'oarlock'
import { type Answer, type Claim, type Command, inputEnd, outputEnd, type Progress } from './claims.ts'
import { carried, readRecords } from './input.ts'

export interface Job {
  /** This member's name. */
  readonly by: string
  readonly input: string
  /** How much of the input belongs to the run, in bytes. */
  readonly inputBytes: number
  /** Must exist. */
  readonly output: string
  /** Records a second. */
  readonly rate: number
  /** Asks the job to end after the record it is at. */
  readonly finish: AbortSignal
  propose(command: Command, options: { readonly signal: AbortSignal }): Promise<Answer>
}

/** Another leader has taken over: this one's fence is too old. */
export class OvertakenError extends Error {
  override readonly name = 'OvertakenError'
}

/** The input no longer holds what was claimed from it. */
export class InputChangedError extends Error {
  override readonly name = 'InputChangedError'
}

/** The job, from where the last leader left it to the end of the input (or `finish`). Returns how far it has come. */
export async function runJob(leadership: Leadership, job: Job): Promise<number> {
  const { fence, signal } = leadership
  const propose = async (command: Command): Promise<Progress> => {
    leadership.assertHeld()
    const answer = await job.propose(command, { signal })
    if (!answer.accepted) throw new OvertakenError(`fence ${fence} of ${job.by} was refused: ${answer.why}`)
    return answer.progress
  }
  await using output = await open(job.output, 'r+')
  const write = async (claim: Claim, line: Buffer): Promise<void> => {
    leadership.assertHeld()
    await writeAt(output, line, claim.offset)
  }

  let { position, last } = await propose({ kind: 'takeOver', fence, by: job.by })
  if (last !== null) await write(last, await claimedLine(job, last))

  const pace = pacemaker(job.rate, AbortSignal.any([signal, job.finish]))
  for await (const { start, end, text } of readRecords(job.input, inputEnd(last), job.inputBytes)) {
    await pace()
    if (job.finish.aborted) break
    const record = position + 1
    const line = outputLine({ record, fence, by: job.by }, text)
    const claim: Claim = {
      kind: 'claim',
      record,
      fence,
      by: job.by,
      start,
      end,
      offset: outputEnd(last),
      length: line.length,
    }
    ;({ position, last } = await propose(claim))
    await write(claim, line)
  }
  return position
}

/** What a record becomes. It depends on nothing but the claim and the record's text. */
export function outputLine(
  { record, fence, by }: Pick<Claim, 'record' | 'fence' | 'by'>,
  text: string,
): Buffer {
  return Buffer.from(
    `{"seq":${record},"fence":${fence},"by":${JSON.stringify(by)},"record":${carried(text)}}\n`,
  )
}

async function claimedLine(job: Job, claim: Claim): Promise<Buffer> {
  for await (const { text } of readRecords(job.input, claim.start, claim.end)) {
    const line = outputLine(claim, text)
    if (line.length === claim.length) return line
  }
  throw new InputChangedError(`record ${claim.record} of ${job.input} is not what was claimed`)
}

async function writeAt(file: FileHandle, bytes: Buffer, offset: number): Promise<void> {
  for (let done = 0; done < bytes.length; )
    done += (await file.write(bytes, done, bytes.length - done, offset + done)).bytesWritten
  await file.datasync()
}

/** Waits for a record's turn: `rate` a second from now on, without catching up after a pause. */
function pacemaker(rate: number, signal: AbortSignal): () => Promise<void> {
  const interval = 1000 / rate
  // Timers are whole milliseconds: one that is late must not make all that follow late.
  const slack = Math.max(20, interval)
  let turn = performance.now()
  return async () => {
    const now = performance.now()
    turn = Math.max(turn, now - slack)
    if (turn - now >= 1) await delay(turn - now, undefined, { signal }).catch(() => {})
    turn += interval
  }
}
