// A table that is Markdown and still reads well on a terminal: the first column to the left, the figures to the right.

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const width = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
  )
  const line = (cells: readonly string[]) =>
    `| ${width.map((w, column) => (column === 0 ? (cells[column] ?? '').padEnd(w) : (cells[column] ?? '').padStart(w))).join(' | ')} |`
  const rule = `|${width.map((w, column) => (column === 0 ? `:${'-'.repeat(w + 1)}` : `${'-'.repeat(w + 1)}:`)).join('|')}|`
  return [line(head), rule, ...rows.map(line)].join('\n')
}

const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/** A whole number, in groups of three digits; '–' for none. */
export const whole = (value: number): string => (Number.isFinite(value) ? grouped.format(value) : '–')
/** A number of at most `digits` decimals; '–' for none. */
export const decimal = (value: number, digits: number): string =>
  Number.isFinite(value) ? value.toFixed(digits) : '–'
/** A number with a decimal where that says anything, and only a true 0 is '0'; '–' for none. */
export const short = (value: number): string =>
  value === 0 ? '0' : value < 100 ? decimal(value, 1) : whole(value)

export const percent = (share: number): string =>
  Number.isFinite(share) ? `${(100 * share).toFixed(0)} %` : '–'
