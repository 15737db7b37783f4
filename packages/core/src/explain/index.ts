// Why there is no leader, in sentences (paper §5.2).
export { type Explanation, explainNoLeader, explanationOf } from './explain.ts'
export type { Finding, FindingKind, Silence } from './finding.ts'
export { duration, list } from './wording.ts'
