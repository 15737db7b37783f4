export { cutsInWords } from './cuts.ts'
export { describeEvent, describeMessage, describePersist, describeRequest, describeRole } from './describe.ts'
