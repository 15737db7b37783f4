// The input as records, and a record as it is carried into the output. Both the job and the audit go by these rules.
import { open } from 'node:fs/promises'

/** A line of the input that is not empty. */
export interface InputRecord {
  /** Where its line begins, in bytes. */
  readonly start: number
  /** Where the next line begins (or the input ends). */
  readonly end: number
  readonly text: string
}

const newline = 0x0a
const carriageReturn = 0x0d
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])

export interface Line {
  readonly start: number
  /** Where the next line begins (or the file ends). */
  readonly end: number
  /** Without the LF. */
  readonly bytes: Buffer
}

/** Reads lines from byte `from`, which must be the start of one, up to byte `to`. Only LF ends a line. */
export async function* readLines(
  path: string,
  from: number,
  to: number,
): AsyncGenerator<Line, void, undefined> {
  await using file = await open(path)
  const chunk = Buffer.alloc(64 * 1024)
  /** What was read of the line that is not complete yet, and where it begins. */
  let begun: Buffer = Buffer.alloc(0)
  let start = from
  while (start + begun.length < to) {
    const at = start + begun.length
    const { bytesRead } = await file.read(chunk, 0, Math.min(chunk.length, to - at), at)
    if (bytesRead === 0) break
    const read = Buffer.concat([begun, chunk.subarray(0, bytesRead)])
    let line = 0
    for (let search = begun.length; ; search = line) {
      const lineEnd = read.indexOf(newline, search)
      if (lineEnd === -1) break
      yield { start: start + line, end: start + lineEnd + 1, bytes: read.subarray(line, lineEnd) }
      line = lineEnd + 1
    }
    start += line
    begun = read.subarray(line)
  }
  if (begun.length > 0) yield { start, end: start + begun.length, bytes: begun }
}

/** The lines that are records. */
export async function* readRecords(
  path: string,
  from: number,
  to: number,
): AsyncGenerator<InputRecord, void, undefined> {
  for await (const { start, end, bytes } of readLines(path, from, to)) {
    const text = lineText(bytes, start)
    if (text !== '') yield { start, end, text }
  }
}

/** A line without the CR of a CRLF, and the first one without a byte order mark. */
function lineText(line: Buffer, start: number): string {
  const from = start === 0 && line.subarray(0, 3).equals(byteOrderMark) ? 3 : 0
  const to = line.at(-1) === carriageReturn ? line.length - 1 : line.length
  return line.toString('utf8', from, Math.max(from, to))
}

/** A line that is JSON is carried as it is, byte for byte; any other as a JSON string. */
export function carried(text: string): string {
  try {
    JSON.parse(text)
    return text
  } catch {
    return JSON.stringify(text)
  }
}
