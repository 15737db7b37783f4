// A part of the benchmark: what it measured, as tables, and the bars that it must reach.

export interface Bar {
  readonly what: string
  readonly measured: string
  readonly reached: boolean
}

export interface Part {
  /** Its section in RESULTS.md. */
  readonly heading: string
  readonly figures: unknown
  /** Tables and remarks, in Markdown. */
  readonly text: string
  readonly bars: readonly Bar[]
}

export const textOf = ({ text, bars }: Part): string =>
  [
    text,
    ...bars.map(({ what, measured, reached }) => `${reached ? 'PASS' : 'FAIL'}: ${what}: ${measured}`),
  ].join('\n\n')

export const note = (what: string): void => {
  process.stderr.write(`${what}\n`)
}
