export { type HeldLease, LeaseHolder, type LeaseHolderInit } from './lease-holder.ts'
export { MemberLeases, type Renewed } from './member-leases.ts'
