/**
 * freshId is an id that nobody else has, by which the server knows a request that comes a second time. Browsers make none on plain HTTP, over
 * which the console is often reached inside an organisation; there it is made of random numbers, which they always give.
 */
export function freshId(): string {
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
