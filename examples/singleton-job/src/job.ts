// A job that only the leader does, each record exactly once, whichever process dies at whatever moment. Copy this
// pattern:
//
//  1. Take over: the new leader puts its fence into the log. After that the state machine rejects every claim
//     with an older fence, even one that is still on its way.
//  2. Redo: the leader of the last claim may have died before, during or after its write. Write it again. A
//     claim determines the bytes and their place, so a second write changes nothing.
//  3. Claim, then write: put the intent for each record into the log. When it is accepted, write those bytes at
//     that place, make them durable, and continue with the next record.
//
// Why it is correct: a leader claims record n+1 only after it has made record n durable, by writing or redoing
// it. So only one claim can be unfinished, and the next leader redoes it. A leader that was stopped in the middle
// of a write and wakes up long after its successor has taken over can only put the same bytes at the same place.
//
// `assertHeld` before each step soon ends a leader that was overtaken. Safety does not need it: it needs the
// fence.
//
// When `propose` fails, the claim may be in the log or not (`outcome: 'unknown'`). There is no need to find out:
// the task ends, and the next leadership reads the state from the log.
import { type FileHandle, open } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { Leadership } from 'oarlock'
import { type Answer, type Claim, type Command, inputEnd, outputEnd, type Progress } from './claims.ts'
import { jsonOf, readRecords } from './input.ts'

export interface Job {
  /** This member's name. */
  readonly by: string
  readonly input: string
  /** How many bytes of the input belong to the run. */
  readonly inputBytes: number
  /** The file must exist. */
  readonly output: string
  /** Records a second. */
  readonly rate: number
  /** Asks the job to end after the current record. */
  readonly finish: AbortSignal
  propose(command: Command, options: { readonly signal: AbortSignal }): Promise<Answer>
}

/** Another leader has taken over: this one's fence is too old. */
export class OvertakenError extends Error {
  override readonly name = 'OvertakenError'
}

/** The input has changed since a record was claimed. */
export class InputChangedError extends Error {
  override readonly name = 'InputChangedError'
}

/**
 * Runs the job from where the last leader stopped to the end of the input, or to `finish`. Returns its
 * position.
 */
export async function runJob(leadership: Leadership, job: Job): Promise<number> {
  const { fence, signal } = leadership
  const propose = async (command: Command): Promise<Progress> => {
    leadership.assertHeld()
    const answer = await job.propose(command, { signal })
    if (!answer.accepted) throw new OvertakenError(`fence ${fence} of ${job.by} was rejected: ${answer.why}`)
    return answer.progress
  }
  const output = await open(job.output, 'r+')
  try {
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
  } finally {
    await output.close()
  }
}

/** The output line of a record. It depends only on the claim and on the record's text. */
export function outputLine(
  { record, fence, by }: Pick<Claim, 'record' | 'fence' | 'by'>,
  text: string,
): Buffer {
  return Buffer.from(
    `{"seq":${record},"fence":${fence},"by":${JSON.stringify(by)},"record":${jsonOf(text)}}\n`,
  )
}

async function claimedLine(job: Job, claim: Claim): Promise<Buffer> {
  for await (const { text } of readRecords(job.input, claim.start, claim.end)) {
    const line = outputLine(claim, text)
    if (line.length === claim.length) return line
  }
  throw new InputChangedError(`record ${claim.record} of ${job.input} has changed since it was claimed`)
}

async function writeAt(file: FileHandle, bytes: Buffer, offset: number): Promise<void> {
  for (let done = 0; done < bytes.length; )
    done += (await file.write(bytes, done, bytes.length - done, offset + done)).bytesWritten
  await file.datasync()
}

/** Waits for a record's turn, `rate` times a second. It does not catch up after a pause. */
function pacemaker(rate: number, signal: AbortSignal): () => Promise<void> {
  const interval = 1000 / rate
  // Timers have whole milliseconds. A late timer must not delay all later records.
  const slack = Math.max(20, interval)
  let turn = performance.now()
  return async () => {
    const now = performance.now()
    turn = Math.max(turn, now - slack)
    if (turn - now >= 1) await delay(turn - now, undefined, { signal }).catch(() => {})
    turn += interval
  }
}
