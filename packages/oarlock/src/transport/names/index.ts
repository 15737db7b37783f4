// Host names to addresses.
export { answering } from './answering.ts'
export { type NameSources, nameLookup } from './name-lookup.ts'
export { type NameLookup, NameNotResolvedError } from './not-resolved.ts'
