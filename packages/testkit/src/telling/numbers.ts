// Numbers as text.

export const grouped = (value: number): string => Math.round(value).toLocaleString('en-US')

/** `1 run`, `2,000 runs`. */
export const counted = (count: number, noun: string): string =>
  `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`

/** `1.2 s`, `3.4 min`, `5.6 h`. */
export function duration(ms: number): string {
  const seconds = ms / 1000
  if (seconds < 100) return `${seconds.toFixed(1)} s`
  return seconds < 6000 ? `${(seconds / 60).toFixed(1)} min` : `${(seconds / 3600).toFixed(1)} h`
}
