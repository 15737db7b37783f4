// The application's values are copied when they come in and when they are handed out.
import type { Json } from './shape.ts'

/** What it is now, as JSON: what its owner does to it later is another value. Undefined: it cannot be JSON. */
export function copyOf(value: unknown): Json | undefined {
  try {
    const json = JSON.stringify(value)
    return json === undefined ? undefined : JSON.parse(json)
  } catch {
    return undefined
  }
}
