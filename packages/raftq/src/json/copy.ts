// Values of the application are copied on their way in and out, so a later change to the original changes
// nothing here.
import type { Json } from './shape.ts'

/** A copy of the value as JSON, or undefined if it cannot be JSON. */
export function copyOf(value: unknown): Json | undefined {
  try {
    const json = JSON.stringify(value)
    return json === undefined ? undefined : JSON.parse(json)
  } catch {
    return undefined
  }
}
