export type { FaultKind, NemesisProfile } from './fault-kinds.ts'
export { drawFaultMix, drawNemesis, type FaultMix, sometimes } from './fault-profile.ts'
export { Nemesis } from './nemesis.ts'
export { bridge, mute, type Severs } from './partitions.ts'
