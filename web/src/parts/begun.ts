/** begun are the names of the jobs that were begun on this page: their end is news although the tray was not there yet. */
export const begun = new Set<string>();
