// Host names to addresses.
export { type NameSources, nameLookup } from './name-lookup.ts'
export { type NameLookup, NameNotResolvedError } from './not-resolved.ts'
