/** What waits for a connection to a server; the library neither exports it nor says its types. */
declare module "kafkajs/src/network/requestQueue/index.js" {
  interface QueuedRequest {
    readonly entry: { readonly correlationId: number; resolve(): void; reject(): void };
    readonly expectResponse: boolean;
    sendRequest(): void;
  }
  export default class RequestQueue {
    constructor(settings: {
      readonly maxInFlightRequests: number | null;
      readonly requestTimeout: number;
      readonly enforceRequestTimeout: boolean;
      readonly clientId: string;
      readonly broker: string;
      readonly logger: Readonly<Record<"debug" | "warn", () => void>>;
    });
    readonly pending: readonly unknown[];
    push(request: QueuedRequest): void;
    fulfillRequest(response: { readonly correlationId: number; readonly size: number; readonly payload: null }): void;
    maybeThrottle(ms: number): void;
    scheduleCheckPendingRequests(): void;
  }
}
