/**
 * glide is how the view goes somewhere else, in ms. It goes straight: the way that flies out and in again ends in no numbers where almost
 * nothing but the zoom changes, and the canvas is empty until it has arrived.
 */
export function glide(duration: number): { duration: number; interpolate: "linear" } {
  return { duration, interpolate: "linear" };
}
