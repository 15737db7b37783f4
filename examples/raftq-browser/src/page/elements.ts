// Finds, makes and changes elements of the page.
import { colourOf } from './names.ts'

export const find = <Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  id: string,
): HTMLElementTagNameMap[Name] => document.querySelector<HTMLElementTagNameMap[Name]>(`${name}#${id}`)!

export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  className: string,
  ...content: (string | Node)[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name)
  element.className = className
  element.append(...content)
  return element
}

/** Changes only text that differs, so a screen reader speaks only of changes. */
export function write(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text
}

/** Sets the property to the colour of a node, or to a quiet one without a node. */
export const paint = (element: HTMLElement, property: string, id: string | null): void =>
  element.style.setProperty(property, id === null ? 'var(--quiet)' : `var(--${colourOf(id)})`)
