export type { FaultKind, NemesisProfile } from './fault-kinds.ts'
export { drawNemesis, drawTemper, sometimes, type Temper } from './fault-profile.ts'
export { Nemesis } from './nemesis.ts'
export { bridge, mute, type Severs } from './partitions.ts'
