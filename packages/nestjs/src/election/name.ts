/** The name of the election that is meant where none is given. Most applications have only this one. */
export const defaultElection = 'default'
