// Compares the output with the input, line by line and independently of the job: what came out, how often, in
// which order.
import { jsonOf, readLines, readRecords } from './input.ts'

export interface Audit {
  /** Lines of output. */
  readonly out: number
  /** Lines for a record that has a line already. */
  readonly duplicates: number
  /** Claimed records without a line. */
  readonly gaps: number
  /** Lines that come after a later record's line. */
  readonly disorder: number
  /** Lines whose record differs from the input's. */
  readonly altered: number
  /** Lines of no record: damaged, or beyond the claimed records. */
  readonly foreign: number
  /** Lines with a smaller fence than an earlier line. */
  readonly fenceDecreases: number
}

const shape = /^\{"seq":(\d+),"fence":(\d+),"by":"[^"]*","record":(.*)\}$/s

/** Compares the first `claimed` records of the input with the whole output. */
export async function audit(
  input: { readonly path: string; readonly bytes: number },
  output: string,
  claimed: number,
): Promise<Audit> {
  const expected: string[] = []
  if (claimed > 0)
    for await (const { text } of readRecords(input.path, 0, input.bytes))
      if (expected.push(jsonOf(text)) === claimed) break
  const found = { out: 0, duplicates: 0, gaps: 0, disorder: 0, altered: 0, foreign: 0, fenceDecreases: 0 }
  const seen = new Set<number>()
  let latest = 0
  let latestFence = 0
  for await (const { start, end, bytes } of readLines(output, 0, Number.POSITIVE_INFINITY)) {
    found.out++
    const [, seq, fence, record] = shape.exec(bytes.toString()) ?? []
    const number = Number(seq)
    const isTorn = end === start + bytes.length
    if (isTorn || record === undefined || !(number >= 1 && number <= claimed)) {
      found.foreign++
      continue
    }
    if (seen.has(number)) found.duplicates++
    else if (number < latest) found.disorder++
    seen.add(number)
    latest = Math.max(latest, number)
    if (record !== expected[number - 1]) found.altered++
    if (Number(fence) < latestFence) found.fenceDecreases++
    latestFence = Math.max(latestFence, Number(fence))
  }
  return { ...found, gaps: claimed - seen.size }
}
