// The search for a change of the membership among the entries of the log (thesis §4.1).
import { findEntry, isConfiguration } from '../log/index.ts'
import { type Entry, index } from '../types.ts'
import type { Node } from './node.ts'

/** The first change among the entries after one index, up to another one. */
export const findChange = ({ log, config }: Node, after: number, upTo: number): Entry | undefined =>
  findEntry(log, after + 1, index(upTo + 1), config.maxApplyingBytes, isConfiguration)
