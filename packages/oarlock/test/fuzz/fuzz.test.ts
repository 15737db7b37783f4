import { expect, it } from 'vitest'
import { Fuzz } from './fuzz.ts'

it.each([1, 2])(
  'hostile frames end their connection for a counted reason, and do nothing else (seed %i)',
  async (seed) => {
    const { attacks, reasons, connections } = await new Fuzz(seed).run(6000)
    const names = [...attacks.keys()]
    for (const name of [
      'noise',
      'a replay',
      'injected: a changed frame',
      'answered: a replay',
      'a reflection',
      'a client that speaks nonsense',
    ])
      expect(names).toContain(name)
    for (const reason of [
      'protocol-error',
      'frame-too-long',
      'not-authentic',
      'refused',
      'refused-by-peer',
      'ended',
    ])
      expect(reasons[reason], reason).toBeGreaterThan(0)
    expect(connections).toBeGreaterThan(1000)
  },
)
