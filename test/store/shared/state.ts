/** Cells that the threads of a test share: the last transaction that is published, whether it is time to end, snapshots that were compared. */
export const BASIS = 0
export const STOP = 1
export const SNAPSHOTS = 2
export const UNUSED = 3
