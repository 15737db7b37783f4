import { type Index, index } from '@oarlock/core'
import { describe, expect, it } from 'vitest'
import { type FlowLimits, LinkMeter } from './link-meter.ts'

const limits: FlowLimits = { least: 10_000, queue: 100, most: 10_000_000 }

interface Link {
  /** Bytes a ms. */
  readonly rate: number
  /** There and back, without a queue, in ms. */
  readonly roundTrip: number
}

/** Keeps `meter` sending messages of 1000 bytes over a link, as much as its window allows. */
class Sender {
  now = 0
  #next = 1
  #acknowledgements: { at: number; last: Index; bytes: number }[] = []
  #inFlight = 0
  #linkFreeAt = 0
  /** The longest time from sending to the answer. */
  longest = 0
  delivered = 0
  readonly #meter: LinkMeter

  constructor(meter: LinkMeter) {
    this.#meter = meter
  }

  run(ms: number, { rate, roundTrip }: Link, bytes = 1000): void {
    this.longest = 0
    this.delivered = 0
    for (const end = this.now + ms; this.now < end; this.now++) {
      while (this.#acknowledgements[0] !== undefined && this.#acknowledgements[0].at <= this.now) {
        const { last, bytes: acknowledged } = this.#acknowledgements.shift()!
        this.#inFlight -= acknowledged
        this.delivered += acknowledged
        this.#meter.acknowledged(last, this.now)
      }
      while (this.#inFlight < this.#meter.window) {
        const last = index(this.#next++)
        this.#linkFreeAt = Math.max(this.#linkFreeAt, this.now) + bytes / rate
        const at = this.#linkFreeAt + roundTrip
        this.longest = Math.max(this.longest, at - this.now)
        this.#meter.sent(last, bytes, this.now)
        this.#inFlight += bytes
        this.#acknowledgements.push({ at, last, bytes })
      }
    }
  }
}

describe('the window', () => {
  it.each<Link>([
    { rate: 2000, roundTrip: 1 },
    { rate: 2000, roundTrip: 200 },
    { rate: 12_500, roundTrip: 40 },
    { rate: 60_000, roundTrip: 1 },
  ])('fills a link of $rate bytes a ms and $roundTrip ms, with a short queue', (link) => {
    const sender = new Sender(new LinkMeter(limits))
    sender.run(3000, link)
    sender.run(1000, link)
    expect(sender.delivered).toBeGreaterThan(0.95 * 1000 * link.rate)
    expect(sender.longest).toBeLessThan(link.roundTrip + 2.5 * limits.queue)
  })

  it('follows a link that becomes slower, and one that becomes faster', () => {
    const sender = new Sender(new LinkMeter(limits))
    sender.run(3000, { rate: 20_000, roundTrip: 5 })
    sender.run(4000, { rate: 1000, roundTrip: 5 })
    sender.run(1000, { rate: 1000, roundTrip: 5 })
    expect(sender.longest).toBeLessThan(300)
    sender.run(3000, { rate: 20_000, roundTrip: 5 })
    sender.run(1000, { rate: 20_000, roundTrip: 5 })
    expect(sender.delivered).toBeGreaterThan(0.95 * 1000 * 20_000)
  })

  it('always has room for something, and has a limit', () => {
    const slow = new LinkMeter(limits)
    new Sender(slow).run(2000, { rate: 1, roundTrip: 5 }, 100)
    expect(slow.window).toBe(limits.least)
    expect(new LinkMeter({ ...limits, most: 50 }).window).toBe(50)
    const fast = new LinkMeter({ ...limits, most: 50_000 })
    new Sender(fast).run(2000, { rate: 20_000, roundTrip: 5 })
    expect(fast.window).toBe(50_000)
  })

  it('is not measured by what is lost', () => {
    const meter = new LinkMeter(limits)
    meter.sent(index(1), 1_000_000, 0)
    meter.forget()
    meter.acknowledged(index(1), 1)
    expect(meter.window).toBe(limits.least)
  })
})
