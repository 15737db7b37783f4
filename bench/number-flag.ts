/** The number that a flag was given. Throws an Error that names the flag. */
export function numberFlag(flag: string, text: string, least: number, isWhole = true): number {
  const value = Number(text)
  const isValid = text.trim() !== '' && Number.isFinite(value) && value >= least
  if (isValid && (!isWhole || Number.isInteger(value))) return value
  throw new Error(`--${flag}: '${text}' is not a ${isWhole ? 'whole ' : ''}number of at least ${least}`)
}
