// The terms of a new generation of a cluster.

/**
 * How far the term rises when a cluster is recovered or restored. The old members may have had terms that nobody has
 * seen, and given out fences of these. An election costs a term: at one a millisecond they would have needed 35 years
 * for so many. And so many generations fit below 2^53, the greatest safe integer, that nobody will need more: over 8,000.
 */
export const generationStep: number = 2 ** 40
