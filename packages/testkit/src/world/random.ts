// Random numbers from one seed. A stream depends on its path (`seed/nodes/2`) and not on the time of its
// creation, so another draw from one stream, say the network's, changes nothing in the others. The generator
// is sfc32 (PractRand), with 32-bit arithmetic only.

/** One step of splitmix32: spreads a small seed over 32 bits. */
function mix(value: number): number {
  let x = (value + 0x9e3779b9) | 0
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad)
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97)
  return x ^ (x >>> 15)
}

export class Random {
  readonly #seed: number
  readonly #path: number
  #a: number
  #b: number
  #c: number
  #count = 1

  /** `seed`: a safe integer. */
  constructor(seed: number, path = 0x811c9dc5) {
    this.#seed = seed
    this.#path = path
    this.#a = mix(path ^ (seed | 0))
    this.#b = mix(this.#a ^ Math.floor(seed / 0x1_0000_0000))
    this.#c = mix(this.#b ^ path)
    for (let round = 0; round < 12; round++) this.bits()
  }

  /** An independent stream of the same seed. It depends on the label alone, not on earlier draws. */
  split(label: string): Random {
    let path = Math.imul(this.#path ^ 0x2f, 0x01000193)
    for (let at = 0; at < label.length; at++) path = Math.imul(path ^ label.charCodeAt(at), 0x01000193)
    return new Random(this.#seed, path)
  }

  /** 32 random bits, as a signed integer. */
  bits(): number {
    const out = (this.#a + this.#b + this.#count) | 0
    this.#count = (this.#count + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + out) | 0
    return out
  }

  /** Uniform in [0, 1). */
  next(): number {
    return (this.bits() >>> 0) / 0x1_0000_0000
  }

  /** An integer in [0, bound). */
  int(bound: number): number {
    return Math.floor(this.next() * bound)
  }

  /** Uniform in [low, high). */
  between(low: number, high: number): number {
    return low + this.next() * (high - low)
  }

  /** Between `low` and `high`, with every order of magnitude equally likely. */
  logBetween(low: number, high: number): number {
    return low * (high / low) ** this.next()
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.next() < probability
  }

  /** Exponentially distributed, like the gaps between independent events. */
  exponential(mean: number): number {
    return -Math.log(1 - this.next()) * mean
  }

  pick<Value>(from: readonly Value[]): Value {
    return from[this.int(from.length)]!
  }

  shuffled<Value>(from: readonly Value[]): Value[] {
    const out = [...from]
    for (let at = out.length - 1; at > 0; at--) {
      const other = this.int(at + 1)
      const moved = out[at]!
      out[at] = out[other]!
      out[other] = moved
    }
    return out
  }
}
