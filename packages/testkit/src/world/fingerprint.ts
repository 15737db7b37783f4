// A running hash of everything that happens. Two runs with the same fingerprint took the same steps in the
// same order, and their members sent the same messages.

const scratch = new Float64Array(1)
const halves = new Uint32Array(scratch.buffer)

/** Mixes a 32-bit integer into a digest. Different integers, or different digests, give different results. */
export const mix = (digest: number, value: number): number => Math.imul(digest ^ value, 0x01000193)

/** Mixes in a number of any size, bit by bit. */
export function mixNumber(digest: number, value: number): number {
  scratch[0] = value
  return mix(mix(digest, halves[0]!), halves[1]!)
}

/** Mixes in a short text. */
export function mixText(digest: number, text: string): number {
  let mixed = mix(digest, text.length)
  for (let at = 0; at < text.length; at++) mixed = mix(mixed, text.charCodeAt(at))
  return mixed
}

export class Fingerprint {
  #low = 0x811c9dc5
  #high = 0x1b873593

  /** Mixes in a 32-bit integer. */
  add(value: number): void {
    this.#low = mix(this.#low, value)
    const turned = this.#high ^ Math.imul(value, 0xcc9e2d51)
    this.#high = (Math.imul((turned << 13) | (turned >>> 19), 5) + 0xe6546b64) | 0
  }

  /** Mixes in a number of any size, bit by bit. */
  addNumber(value: number): void {
    scratch[0] = value
    this.add(halves[0]!)
    this.add(halves[1]!)
  }

  /** 16 hexadecimal digits. */
  toString(): string {
    const hex = (value: number): string => (value >>> 0).toString(16).padStart(8, '0')
    return hex(this.#high) + hex(this.#low)
  }
}
