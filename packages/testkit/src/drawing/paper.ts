// The measures of the drawing, in pixels.

export const LANE_GAP = 176
/** The column of times, left of the first member. */
export const LEFT = 92
/** Right of the last member: its labels, then the notes. */
const NOTES_GAP = 150
const NOTES_WIDTH = 330
/** Between two lines of text in one column. */
export const LINE = 15

export const laneX = (place: number): number => LEFT + LANE_GAP / 2 + place * LANE_GAP

export const notesX = (members: number): number => laneX(members - 1) + NOTES_GAP

export const widthFor = (members: number): number => notesX(members) + NOTES_WIDTH
