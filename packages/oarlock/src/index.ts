export * from './errors.ts'
export type * from './member/member.ts'
export type * from './member/ports.ts'
