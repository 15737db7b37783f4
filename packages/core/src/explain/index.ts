// Why there is no leader, in sentences (paper §5.2).
export { type Explanation, explainNoLeader } from './explain.ts'
export type { Finding, FindingKind } from './finding.ts'
