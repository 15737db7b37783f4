export { StoreMember } from './store-member.ts'
