// Flow control: how many bytes of entries are in flight to each peer (thesis §10.2.2).
export { FlowControl } from './flow-control.ts'
export type { FlowLimits } from './link-meter.ts'
