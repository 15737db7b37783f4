// One life of the simulated member, from one start to the end, as it is drawn.

import { below, pick, type Random } from '../../random.ts'
import type { FaultPlan } from './faulty-disk.ts'

/** What the member of one run does often. */
export interface Habits {
  /** It takes snapshots, so that segments are used again. */
  readonly compacts: boolean
  /** It receives snapshots, so that transfers go on after a restart. */
  readonly receives: boolean
  /** It makes small writes. */
  readonly small: boolean
}

export interface Life {
  readonly plan: FaultPlan
  readonly batches: number
  readonly openedTwice: boolean
  /** The end of a life that nothing stops. */
  readonly end: 'power cut' | 'closed' | 'closed, caches dropped'
}

export function drawLife({ compacts, small }: Habits, random: Random): Life {
  const stops = random() < 0.7
  const fails = random() < 0.4
  return {
    plan: {
      stop: stops
        ? { at: below(compacts ? 150 : 60, random), how: random() < 0.75 ? 'power cut' : 'kill' }
        : null,
      fault: fails
        ? {
            kind: pick(['fsync fails', 'directory sync fails', 'disk is full', 'read fails'], random),
            at: below(40, random),
            times: random() < 0.7 ? 1 : 2 + below(3, random),
          }
        : null,
    },
    batches: below(small || compacts ? 24 : 8, random),
    openedTwice: random() < 0.1,
    end: pick(['power cut', 'closed', 'closed, caches dropped'], random),
  }
}
