// A Markdown table that reads well on a terminal, too: its columns are padded, and figures are aligned to the
// right.

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

/** A whole number, in groups of three digits. '–' if it is not finite. */
export const whole = (value: number): string => (Number.isFinite(value) ? grouped.format(value) : '–')
/** A number with `digits` decimals. '–' if it is not finite. */
export const decimal = (value: number, digits: number): string =>
  Number.isFinite(value) ? value.toFixed(digits) : '–'
/**
 * A number below 100 with one decimal, others as whole numbers. Only an exact 0 is '0'. '–' if it is not
 * finite.
 */
export const short = (value: number): string =>
  value === 0 ? '0' : value < 100 ? decimal(value, 1) : whole(value)

export const percent = (share: number): string =>
  Number.isFinite(share) ? `${(100 * share).toFixed(0)} %` : '–'
