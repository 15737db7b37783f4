// Reads the input as records, and converts a record for the output. The job and the audit share these rules.
import { open } from 'node:fs/promises'

/** A non-empty line of the input. */
export interface InputRecord {
  /** The byte at which its line begins. */
  readonly start: number
  /** The byte at which the next line begins, or the input ends. */
  readonly end: number
  readonly text: string
}

const newline = 0x0a
const carriageReturn = 0x0d
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])

export interface Line {
  readonly start: number
  /** The byte at which the next line begins, or the file ends. */
  readonly end: number
  /** Without the LF. */
  readonly bytes: Buffer
}

/** Reads lines from byte `from`, which must be the start of a line, up to byte `to`. Only LF ends a line. */
export async function* readLines(
  path: string,
  from: number,
  to: number,
): AsyncGenerator<Line, void, undefined> {
  const file = await open(path)
  try {
    const chunk = Buffer.alloc(64 * 1024)
    /** The incomplete last line. It begins at `start`. */
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
  } finally {
    await file.close()
  }
}

/** Reads the lines that are records. */
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

/**
 * The text of a line, without the CR of a CRLF. A byte order mark at the start of the input is dropped, too.
 */
function lineText(line: Buffer, start: number): string {
  const from = start === 0 && line.subarray(0, 3).equals(byteOrderMark) ? 3 : 0
  const to = line.at(-1) === carriageReturn ? line.length - 1 : line.length
  return line.toString('utf8', from, Math.max(from, to))
}

/** The record in the output: a line of JSON byte for byte, any other line as a JSON string. */
export function jsonOf(text: string): string {
  try {
    JSON.parse(text)
    return text
  } catch {
    return JSON.stringify(text)
  }
}
