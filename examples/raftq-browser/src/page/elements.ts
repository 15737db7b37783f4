// The few things that the views do to elements.
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

/** Leaves what is right as it is: a screen reader speaks of what changed only. */
export function write(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text
}

/** The colour of a node; quiet for none. */
export const paint = (element: HTMLElement, property: string, id: string | null): void =>
  element.style.setProperty(property, id === null ? 'var(--quiet)' : `var(--${colourOf(id)})`)
