import type { DescService } from "@bufbuild/protobuf";
import { type Client, createClient, type Interceptor } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { language } from "@/i18n";
import { watchDeeds } from "./did";
import { notice } from "./session";

// Every call names the reader's language, so that the server's messages come in it.
const speak: Interceptor = (next) => (req) => {
  req.header.set("Accept-Language", language());
  return next(req);
};

/** The console speaks to the server that it came from, over the public API alone. */
export const transport = createConnectTransport({
  baseUrl: typeof window === "undefined" ? "http://127.0.0.1:8080" : window.location.origin,
  useBinaryFormat: true,
  interceptors: [notice, watchDeeds, speak],
});

const clients = new Map<string, unknown>();

/** client gives the one client of a service. */
export function client<S extends DescService>(service: S): Client<S> {
  let known = clients.get(service.typeName) as Client<S> | undefined;
  if (!known) {
    known = createClient(service, transport);
    clients.set(service.typeName, known);
  }
  return known;
}
