// SVG elements as text.

export const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

export type Attributes = Readonly<Record<string, string | number | undefined>>

/** Numbers are rounded to tenths of a pixel. */
const value = (of: string | number): string =>
  typeof of === 'number' ? `${Math.round(of * 10) / 10}` : escaped(of)

/** `inside` is markup. Text must go through {@link escaped} first. */
export function element(name: string, attributes: Attributes = {}, inside = ''): string {
  const list = Object.entries(attributes)
    .filter(([, of]) => of !== undefined)
    .map(([key, of]) => ` ${key}="${value(of!)}"`)
    .join('')
  return inside === '' ? `<${name}${list}/>` : `<${name}${list}>${inside}</${name}>`
}

export const textAt = (x: number, y: number, text: string, attributes: Attributes = {}): string =>
  element('text', { x, y, ...attributes }, escaped(text))

/** Adds a text that is shown when the pointer rests on the element. */
export const withTitle = (title: string, inside: string, attributes: Attributes = {}): string =>
  element('g', attributes, element('title', {}, escaped(title)) + inside)

/** Cuts a text that is too long. */
export const shortened = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, most - 1)}…` : text

/** Breaks a text at spaces, into lines of at most `most` characters. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
